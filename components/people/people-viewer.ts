import type { Role } from "#lib/protocol/people.ts"

/** The viewer of the list; their role decides the available actions. */
export interface PeopleViewer {
  id: string
  role: Role
}

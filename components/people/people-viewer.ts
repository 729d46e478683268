import type { Role } from "#lib/protocol/people.ts"

/** Who looks at the list: what they may change depends on it. */
export interface PeopleViewer {
  id: string
  role: Role
}

import type { Role } from "#lib/protocol/people.ts"

export const roleNames: Readonly<Record<Role, string>> = {
  owner: "Owner",
  admin: "Admin",
  member: "Member",
}

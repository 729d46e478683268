import type { InvitationRefusal, InviteState } from "#db/queries/invitations.ts"
import type { Role } from "#lib/protocol/people.ts"

const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }

/**
 * The role an invitation gives, or what speaks against it. Whoever makes it holds its link and could
 * use it, so administrators invite only into the role `member`: neither do they get hold of a person
 * a script has made with more, nor replace an open invitation to more. A person who is there and
 * cannot sign in yet keeps at least the role they have.
 */
export function judgeInvitation(state: InviteState, asked: Role): Role | InvitationRefusal {
  const { inviterRole, personRole, openRoles } = state
  if (inviterRole === null || inviterRole === "member") return "gone"
  if (state.isTaken) return "already_member"
  const role = personRole !== null && ranks[personRole] > ranks[asked] ? personRole : asked
  if (inviterRole === "owner") return role
  return [role, ...openRoles].every((one) => one === "member") ? role : "owner_required"
}

/**
 * Whether a link still gives its role when it is used: whoever made it must be allowed to make it
 * now, and a person who has been given more meanwhile is not handed over by it.
 * @param state `inviterRole` is `owner` for the installation itself
 */
export function canBeAccepted(
  { inviterRole, personRole }: Pick<InviteState, "inviterRole" | "personRole">,
  role: Role,
): boolean {
  if (inviterRole === null || inviterRole === "member") return false
  if (inviterRole !== "owner" && role !== "member") return false
  return personRole === null || ranks[personRole] <= ranks[role]
}

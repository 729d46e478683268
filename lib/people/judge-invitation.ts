import type { InvitationRefusal, InviteState } from "#db/queries/invitations.ts"
import type { Role } from "#lib/protocol/people.ts"

const ranks: Readonly<Record<Role, number>> = { member: 0, admin: 1, owner: 2 }

/**
 * The role an invitation grants, or the reason to refuse it. Its maker holds the link and could use it,
 * so administrators may invite only as `member`: they can neither take over a script-created person
 * with a higher role nor replace an open invitation to one. An existing person without a sign-in keeps
 * at least their role.
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
 * Re-checks a link when it is used: its maker must still be allowed to make it, and it must not hand
 * over a person promoted since.
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

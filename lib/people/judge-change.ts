import type { ChangeRefusal, PeopleState, PersonChange } from "#db/queries/change-person.ts"

/**
 * The reason to refuse a change; null = allowed. Owners may change anybody else, administrators only
 * members' disabled state. Changing oneself is refused, and at least one owner must remain.
 */
export function judgeChange(state: PeopleState, change: PersonChange): ChangeRefusal | null {
  const { actorRole, role } = state
  if (actorRole === null || actorRole === "member") return "gone"
  const givesRole = change.role !== undefined && change.role !== role
  const changesAccess = change.isDisabled !== undefined && change.isDisabled !== state.isDisabled
  if (!givesRole && !changesAccess) return null
  const staysOwner = (change.role ?? role) === "owner" && !(change.isDisabled ?? state.isDisabled)
  if (role === "owner" && !state.isDisabled && !staysOwner && state.otherOwners === 0) {
    return actorRole === "owner" ? "last_owner" : "owner_required"
  }
  if (state.isSelf) return "own_account"
  if (actorRole === "owner") return null
  return role !== "member" || givesRole ? "owner_required" : null
}

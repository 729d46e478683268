import type { PeopleState } from "#db/queries/change-person.ts"
import type { ErasureRefusal } from "#db/queries/erasures.ts"

/** The reason to refuse an owner's erasure of another person; null = allowed. */
export function judgeErasure(state: PeopleState): ErasureRefusal | null {
  if (state.actorRole === null || state.actorRole === "member") return "gone"
  if (state.actorRole !== "owner") return "owner_required"
  return state.isSelf ? "own_account" : null
}

/** The reason to refuse self-erasure: at least one owner must remain. */
export function judgeOwnErasure(state: PeopleState): ErasureRefusal | null {
  if (state.actorRole === null || !state.isSelf) return "gone"
  return state.role === "owner" && state.otherOwners === 0 ? "last_owner" : null
}

import type { PeopleState } from "#db/queries/change-person.ts"
import type { ErasureRefusal } from "#db/queries/erasures.ts"

/** What speaks against an owner erasing somebody else; null = nothing. */
export function judgeErasure(state: PeopleState): ErasureRefusal | null {
  if (state.actorRole === null || state.actorRole === "member") return "gone"
  if (state.actorRole !== "owner") return "owner_required"
  return state.isSelf ? "own_account" : null
}

/** What speaks against somebody erasing themselves: an owner always remains. */
export function judgeOwnErasure(state: PeopleState): ErasureRefusal | null {
  if (state.actorRole === null || !state.isSelf) return "gone"
  return state.role === "owner" && state.otherOwners === 0 ? "last_owner" : null
}

import type { ResetRefusal, ResetState } from "#db/queries/password-resets.ts"
import type { ResetUse } from "#db/queries/password-resets.ts"

/**
 * What speaks against a link by which a person sets a new password; null = nothing. Whoever makes it
 * holds it and could use it: owners make one for anyone else, administrators for members. Somebody
 * without a password gets none by it, which would be a way in beside their single sign-on; only the
 * installation itself gives one, for when the provider is what locks them out.
 */
export function judgeReset(state: ResetState): ResetRefusal | null {
  if (state.makerRole === null || state.makerRole === "member") return "gone"
  if (state.isSelf) return "own_account"
  if (!canBeUsed(state)) return "owner_required"
  if (state.isDisabled) return "disabled"
  return state.hasPassword || state.isInstallation ? null : "no_password"
}

/** Whether a link still counts: its maker may make it now, for the role the person has now. */
export function canBeUsed({ makerRole, role }: ResetUse): boolean {
  return makerRole === "owner" || (makerRole === "admin" && role === "member")
}

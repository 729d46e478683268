import type { ResetRefusal, ResetState } from "#db/queries/password-resets.ts"
import type { ResetUse } from "#db/queries/password-resets.ts"

/**
 * The reason to refuse a password reset link; null = allowed. Its maker holds the link and could use
 * it: owners make one for anybody else, administrators for members. A person without a password gets
 * none, because it would bypass their single sign-on; only the installation itself may add one, for
 * when the provider locks people out.
 */
export function judgeReset(state: ResetState): ResetRefusal | null {
  if (state.makerRole === null || state.makerRole === "member") return "gone"
  if (state.isSelf) return "own_account"
  if (!canBeUsed(state)) return "owner_required"
  if (state.isDisabled) return "disabled"
  return state.hasPassword || state.isInstallation ? null : "no_password"
}

/**
 * Re-checks a link when it is used: its maker must still be allowed to make it for the person's current
 * role.
 */
export function canBeUsed({ makerRole, role }: ResetUse): boolean {
  return makerRole === "owner" || (makerRole === "admin" && role === "member")
}

import type { Principal } from "#lib/auth/principal.ts"
import { expandScopes, type Scope } from "#lib/protocol/scopes.ts"

/**
 * The scopes that a token of the caller grants and the requesting credential lacks; empty = the
 * credential may manage it. A session may manage all tokens of its person, and a token always itself.
 */
export function scopesBeyond(
  principal: Principal,
  token: { id: string; scopes: readonly string[] },
): Scope[] {
  const { credential, role } = principal
  if (credential.kind === "session" || credential.id === token.id) return []
  const granted = [...expandScopes(token.scopes)]
  return granted.filter(
    (scope) => !principal.scopes.has(scope) && (scope !== "admin" || role !== "member"),
  )
}

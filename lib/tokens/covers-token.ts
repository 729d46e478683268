import type { Principal } from "#lib/auth/principal.ts"
import { expandScopes, type Scope } from "#lib/protocol/scopes.ts"

/**
 * What a token of the caller grants and the credential that asks does not: empty when the credential
 * may act on it. A session acts on all tokens of its person, a token always on itself.
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

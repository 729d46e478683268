import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { findLiveToken, revokeToken } from "#db/queries/tokens.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"

import { scopesBeyond } from "./covers-token.ts"

/**
 * Revokes one of the caller's tokens. A token revokes itself and what grants no more than itself: a
 * stolen narrow one does not lock its owner's programs out.
 * @returns the hash of the revoked token
 * @throws AppError not_found, missing_scope
 */
export async function revokeOwnToken(
  db: Database,
  principal: Principal,
  tokenId: string,
  actor: AuditActor,
): Promise<Uint8Array> {
  const token = await findLiveToken(db, principal, tokenId)
  if (token === null) throw notFound()
  const [scope] = scopesBeyond(principal, token)
  if (scope !== undefined) {
    throw new AppError(
      "missing_scope",
      `A token cannot revoke one that grants the scope ${scope}, which it lacks. Sign in to do it.`,
    )
  }
  const hash = await revokeToken(db, principal, tokenId, { actor, recordId: newId() })
  if (hash === null) throw notFound()
  return hash
}

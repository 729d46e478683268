import { revokeToken } from "#db/queries/tokens.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"

import { scopesBeyond } from "./covers-token.ts"
import { requireOwnToken } from "./require-own-token.ts"

export interface EndTokenContext extends VerbContext {
  /** Evicts a token from this process's cache. */
  forgetToken(hash: Uint8Array): void
}

/**
 * Revokes one of the caller's tokens. A token may revoke itself and tokens with no more scopes than its
 * own, so that a stolen narrow token cannot lock out its owner's programs.
 * @throws AppError not_found, missing_scope
 */
export async function revokeOwnToken(
  context: EndTokenContext,
  principal: Principal,
  { tokenId }: { tokenId: string },
): Promise<void> {
  const { db } = context
  const token = await requireOwnToken(context, principal, { tokenId })
  const [scope] = scopesBeyond(principal, token)
  if (scope !== undefined) {
    throw new AppError(
      "missing_scope",
      `A token cannot revoke one that grants the scope ${scope}, which it lacks. Sign in to do it.`,
    )
  }
  const hash = await revokeToken(db, principal, tokenId, {
    actor: actorOf(context, principal),
    recordId: newId(),
  })
  if (hash === null) throw notFound()
  context.forgetToken(hash)
}

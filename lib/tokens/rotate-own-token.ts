import { rotateToken } from "#db/queries/tokens.ts"
import { actorOf, type Principal } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { MintedToken } from "#lib/protocol/tokens.ts"

import { outlives, requireOwnScopes, tooManyTokens } from "./mint-own-token.ts"
import { requireOwnToken } from "./require-own-token.ts"
import type { EndTokenContext } from "./revoke-own-token.ts"
import { hashToken, mintToken, startOf } from "./token-format.ts"

const overlapHoursDefault = 24

/**
 * Rotates one of the caller's tokens: mints a new one with the same name, scopes and expiry. The old
 * one stays valid during the overlap, but never beyond its own expiry.
 * @throws AppError not_found, admin_required, missing_scope, outlives_credential, token_replaced,
 * token_limit when both would work for a while and the person has as many as one may have
 */
export async function rotateOwnToken(
  context: EndTokenContext,
  principal: Principal,
  order: { tokenId: string; overlapHours: number | null },
): Promise<MintedToken> {
  const { db } = context
  const { tokenId, overlapHours } = order
  const old = await requireOwnToken(context, principal, { tokenId })
  requireOwnScopes(principal, old.scopes)
  const { credential } = principal
  const id = newId()
  const text = mintToken()
  const outcome = await rotateToken(
    db,
    principal,
    {
      tokenId,
      next: { id, hash: hashToken(text), start: startOf(text) },
      overlapSeconds: (overlapHours ?? overlapHoursDefault) * 3_600,
      liveMax: limits.liveTokensMax,
    },
    credential.kind === "token" ? credential.id : null,
    { actor: actorOf(context, principal), recordId: newId() },
  )
  switch (outcome.kind) {
    case "gone":
      throw notFound()
    case "outlives":
      throw outlives()
    case "full":
      throw tooManyTokens()
    case "replaced":
      throw new AppError("token_replaced", "This token has been replaced already.")
    case "rotated": {
      const { name, scopes } = old
      context.forgetToken(outcome.oldHash)
      return {
        id,
        name,
        scopes,
        token: text,
        expires_at: outcome.expiresAt?.toISOString() ?? null,
      }
    }
  }
}

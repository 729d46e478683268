import { insertTokenWithin } from "#db/queries/tokens.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { AppError } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"
import { limits } from "#lib/protocol/limits.ts"
import { expandScopes } from "#lib/protocol/scopes.ts"
import type { MintedToken } from "#lib/protocol/tokens.ts"

import { hashToken, mintToken, startOf } from "./token-format.ts"

interface OwnTokenOrder {
  name: string
  scopes: readonly string[]
  /** Null = no expiry. */
  expiresInDays: number | null
}

const secondsPerDay = 24 * 60 * 60

/**
 * Mints a token for the caller, limited to the scopes and the expiry of the requesting credential.
 * @returns null when that credential was revoked concurrently
 * @throws AppError admin_required, missing_scope, outlives_credential, token_limit
 */
export async function mintOwnToken(
  context: VerbContext,
  principal: Principal,
  order: OwnTokenOrder,
): Promise<MintedToken | null> {
  const scopes = [...new Set(order.scopes)]
  requireOwnScopes(principal, scopes)
  const id = newId()
  const text = mintToken()
  const name = order.name.trim()
  const { tenantId, userId, credential } = principal
  const result = await insertTokenWithin(
    context.db,
    {
      id,
      tenantId,
      userId,
      name,
      hash: hashToken(text),
      start: startOf(text),
      scopes,
      expiresInSeconds: order.expiresInDays === null ? null : order.expiresInDays * secondsPerDay,
    },
    {
      askingTokenId: credential.kind === "token" ? credential.id : null,
      liveMax: limits.liveTokensMax,
    },
    { actor: actorOf(context, principal), recordId: newId() },
  )
  if (result.kind === "gone") return null
  if (result.kind === "outlives") throw outlives()
  if (result.kind === "full") throw tooManyTokens()
  return { id, name, scopes, token: text, expires_at: result.expiresAt?.toISOString() ?? null }
}

export function outlives(): AppError {
  return new AppError("outlives_credential", "A token cannot mint one that lives longer.")
}

export function tooManyTokens(): AppError {
  return new AppError(
    "token_limit",
    `You have ${limits.liveTokensMax} tokens, which is all one person may have. Revoke one first.`,
  )
}

/** @throws AppError admin_required, missing_scope when the credential lacks one of the scopes */
export function requireOwnScopes(principal: Principal, scopes: readonly string[]): void {
  const wanted = expandScopes(scopes)
  if (wanted.has("admin") && principal.role === "member") {
    throw new AppError("admin_required", "Only administrators can mint the scope admin.")
  }
  for (const scope of wanted) {
    if (principal.scopes.has(scope)) continue
    throw new AppError("missing_scope", `A token cannot grant the scope ${scope}, which it lacks.`)
  }
}

import { unauthorized } from "#lib/auth/credential.ts"
import { forgetToken } from "#lib/auth/token-principal.ts"
import { scopeDescriptions, scopes as scopeNames, type Scope } from "#lib/protocol/scopes.ts"
import {
  mintedToken,
  mintTokenBody,
  rotateTokenBody,
  scopeList,
  tokenList,
  type ScopeList,
} from "#lib/protocol/tokens.ts"
import { listTokens } from "#lib/tokens/list-tokens.ts"
import { mintOwnToken } from "#lib/tokens/mint-own-token.ts"
import { requireOwnToken } from "#lib/tokens/require-own-token.ts"
import { revokeOwnToken, type EndTokenContext } from "#lib/tokens/revoke-own-token.ts"
import { rotateOwnToken } from "#lib/tokens/rotate-own-token.ts"

import type { Call } from "../call.ts"
import { emptyReply, jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"
import { namedId } from "./conversation-access.ts"

const path = "/v1/api/tokens"

export const list = route({
  method: "GET",
  path,
  summary: "The caller's live tokens, the newest first",
  scope: null,
  replies: { 200: { description: "All of them, without their secrets.", shape: tokenList } },
  async run({ runtime, principal }) {
    return jsonReply(200, await listTokens(runtime.db, principal))
  },
})

export const mint = route({
  method: "POST",
  path,
  summary: "Mint a token with a subset of the caller's scopes",
  scope: null,
  rate: "mints",
  body: mintTokenBody,
  replies: {
    201: { description: "The token in plain text; shown only once.", shape: mintedToken },
  },
  failures: ["admin_required", "missing_scope", "outlives_credential", "token_limit"],
  async run({ call, principal, body }) {
    const order = {
      name: body.name,
      scopes: body.scopes ?? ["user"],
      expiresInDays: body.expires_in_days ?? null,
    }
    const minted = await mintOwnToken(contextOf(call), principal, order)
    if (minted === null) throw unauthorized()
    return jsonReply(201, minted)
  },
})

/** @param listHonoured the scopes that endpoints require, including this one */
export function scopesRoute(listHonoured: () => readonly Scope[]) {
  return route({
    method: "GET",
    path: `${path}/scopes`,
    summary: "Scopes that a token can have",
    scope: null,
    replies: { 200: { description: "Every scope.", shape: scopeList } },
    run() {
      const honoured = new Set(listHonoured())
      const known: ScopeList = scopeNames.map((scope) => ({
        scope,
        description: honoured.has(scope)
          ? scopeDescriptions[scope]
          : `${scopeDescriptions[scope]} No endpoint asks for it yet.`,
        requires_admin: scope === "admin",
      }))
      return Promise.resolve(jsonReply(200, known))
    },
  })
}

export const revoke = route({
  method: "DELETE",
  path: `${path}/{id}`,
  summary: "Revoke one of the caller's tokens, including the requesting one",
  scope: null,
  replies: { 204: { description: "The token is rejected at once, and its streams end." } },
  failures: ["not_found", "missing_scope"],
  async run({ call, principal, params }) {
    await revokeOwnToken(endContext(call), principal, { tokenId: namedId(params, "id") })
    return emptyReply(204)
  },
})

export const rotate = route({
  method: "POST",
  path: `${path}/{id}/rotate`,
  summary: "Rotate one of the caller's tokens; both work during an overlap",
  scope: null,
  body: rotateTokenBody,
  isBodyOptional: true,
  guard: ({ runtime, principal, params }) =>
    requireOwnToken(runtime, principal, { tokenId: namedId(params, "id") }),
  replies: {
    201: { description: "The new token in plain text; shown only once.", shape: mintedToken },
  },
  failures: [
    "not_found",
    "admin_required",
    "missing_scope",
    "outlives_credential",
    "token_replaced",
    "token_limit",
  ],
  async run({ call, principal, params, body }) {
    const order = { tokenId: namedId(params, "id"), overlapHours: body.overlap_hours ?? null }
    return jsonReply(201, await rotateOwnToken(endContext(call), principal, order))
  },
})

function endContext(call: Call): EndTokenContext {
  return { ...contextOf(call), forgetToken: (hash) => forgetToken(call.runtime, hash) }
}

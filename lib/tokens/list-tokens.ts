import type { Database } from "#db/client.ts"
import { listLiveTokens, type TokenRow } from "#db/queries/tokens.ts"
import type { Principal } from "#lib/auth/principal.ts"
import type { TokenItem } from "#lib/protocol/tokens.ts"

import { scopesBeyond } from "./covers-token.ts"

/**
 * The caller's live tokens, newest first. For a token that grants more than the requesting one, the
 * name and usage are hidden.
 */
export async function listTokens(db: Database, principal: Principal): Promise<TokenItem[]> {
  const rows = await listLiveTokens(db, principal)
  return rows.map((row) => toItem(scopesBeyond(principal, row).length === 0 ? row : withheld(row)))
}

function withheld(row: TokenRow): TokenRow {
  return { ...row, name: "", lastUsedAt: null, lastUsedRoute: null, lastUsedAddress: null }
}

function toItem(row: TokenRow): TokenItem {
  return {
    id: row.id,
    name: row.name,
    kind: "pat",
    scopes: row.scopes,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    last_used_route: row.lastUsedRoute,
    last_used_address: row.lastUsedAddress,
    replaced_by: row.replacedBy,
    start: row.start,
  }
}

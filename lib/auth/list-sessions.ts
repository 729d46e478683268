import type { Database } from "#db/client.ts"
import { listSessions as listRows } from "#db/queries/sessions.ts"
import type { SessionItem } from "#lib/protocol/sessions.ts"

import { deviceWords } from "./device-words.ts"
import type { Principal } from "./principal.ts"

/** The caller's live sessions, the current one first, then the last used. */
export async function listSessions(db: Database, principal: Principal): Promise<SessionItem[]> {
  const rows = await listRows(db, principal)
  const items = rows.map((row) => ({
    id: row.id,
    device: deviceWords(row.userAgent),
    address: row.address,
    created_at: row.createdAt.toISOString(),
    last_active_at: row.lastActiveAt.toISOString(),
    is_current: row.id === principal.credential.id,
    is_kept: row.isKept,
  }))
  return items.toSorted((a, b) => Number(b.is_current) - Number(a.is_current))
}

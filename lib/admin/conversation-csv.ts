import { setImmediate as nextTurn } from "node:timers/promises"

import type { Database } from "#db/client.ts"
import { listAdminRows } from "#db/queries/admin-conversations.ts"
import type { ConversationFilter, ListPosition } from "#db/queries/conversation-conditions.ts"
import { listConversationIds } from "#db/queries/conversation-list.ts"
import { csvHeader, csvLine } from "#lib/lists/csv.ts"
import type { AdminConversation } from "#lib/protocol/admin.ts"
import type { ConversationSort } from "#lib/protocol/conversations.ts"

const rowsPerRead = 500

const columns: readonly [string, (row: AdminConversation) => string | number | null][] = [
  ["id", (row) => row.id],
  ["title", (row) => row.title],
  ["owner", (row) => row.ownerName],
  ["owner_id", (row) => row.ownerId],
  ["agent", (row) => row.agentName],
  ["agent_id", (row) => row.agentId],
  ["channel", (row) => row.channelKind],
  ["status", statusOf],
  ["error_code", (row) => row.lastErrorCode],
  ["turns", (row) => row.turns],
  ["input_tokens", (row) => row.inputTokens],
  ["output_tokens", (row) => row.outputTokens],
  ["cost_usd", (row) => row.costUsd],
  ["turns_without_price", (row) => row.unpriced],
  ["last_activity_at", (row) => new Date(row.lastActivityMs).toISOString()],
]

/**
 * A list as CSV (RFC 4180), read lazily page by page, so that a million rows need no more memory than
 * one page. Rows that move in the order meanwhile may appear twice or not at all.
 */
export async function* writeConversationCsv(
  db: Database,
  list: { filter: ConversationFilter; sort: ConversationSort },
): AsyncGenerator<string> {
  const { filter, sort } = list
  yield csvHeader(columns.map(([name]) => name))
  let after: ListPosition | null = null
  for (;;) {
    const range = { sort, after, offset: 0, rowsMax: rowsPerRead }
    const ids: string[] = await listConversationIds(db, filter, range)
    const rows = await listAdminRows(db, filter.viewer.tenantId, ids)
    if (rows.length > 0) {
      yield rows.map((row) => csvLine(columns.map(([, read]) => read(row)))).join("")
    }
    const last = rows.at(-1)
    if (ids.length < rowsPerRead || last === undefined) return
    after = { key: sort === "title" ? last.title : last.lastActivityMs, id: last.id }
    await nextTurn()
  }
}

function statusOf(row: AdminConversation): string {
  if (row.isRunning) return "running"
  if (row.queued > 0) return "queued"
  switch (row.lastOutcome) {
    case null:
      return "new"
    case "error":
      return "failed"
    case "interrupted":
      return "stopped"
    default:
      return "done"
  }
}

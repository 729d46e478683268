import type { Database } from "#db/client.ts"

import { readRows, type JournalRow } from "./read-events.ts"

const rowsPerPage = 400
/** A running turn is not folded, so its start can be far back: this far is read. */
const pagesMax = 25
/** Of a tool's arguments and result a page shows the start. */
const detailCharactersMax = 8_000

/** One row as a page shows it; the history a browser loads later has the same fields. */
export interface ThreadRow {
  seq: number
  firstSeq: number
  kind: string
  payload: Record<string, unknown>
  atMs: number
}

/**
 * The newest rows of a conversation up to `lastSeq`, oldest first, at least back to `reachSeq`.
 * The caller has checked access.
 */
export async function readNewestThread(
  db: Database,
  range: { tenantId: string; conversationId: string; lastSeq: number; reachSeq: number | null },
): Promise<ThreadRow[]> {
  let rows: JournalRow[] = []
  for (let page = 0; page < pagesMax; page++) {
    const beforeSeq = rows[0]?.firstSeq ?? range.lastSeq + 1
    const isEnough = rows.length > 0 && beforeSeq <= (range.reachSeq ?? beforeSeq)
    if (isEnough || beforeSeq <= 1) break
    const older = await readRows(db, {
      tenantId: range.tenantId,
      conversationId: range.conversationId,
      beforeSeq,
      descending: true,
      withDetail: true,
      rowsMax: rowsPerPage,
    })
    if (older.length === 0) break
    rows = [...older, ...rows]
  }
  return rows.map(toThreadRow)
}

function toThreadRow(row: JournalRow): ThreadRow {
  const payload: Record<string, unknown> = JSON.parse(row.payload)
  for (const name of ["args", "result"]) {
    if (payload[name] !== undefined) payload[name] = shorten(payload[name])
  }
  const { seq, firstSeq, kind } = row
  return { seq, firstSeq, kind, payload, atMs: Date.parse(row.createdAt) }
}

function shorten(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  if (text.length <= detailCharactersMax) return value
  return `${text.slice(0, detailCharactersMax).toWellFormed()}…`
}

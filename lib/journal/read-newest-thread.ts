import type { Database } from "#db/client.ts"
import type { StoredRow } from "#db/queries/journal.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"
import {
  rowFromStored,
  toJournalRow,
  type JournalRow,
  type Payload,
} from "#lib/transcript/journal-row.ts"

import { readRows } from "./read-events.ts"

const rowsPerPage = 400
/** A running turn is not folded, so its start can be far back: this far is read. */
const pagesMax = 25
/** Of a tool's arguments and result a page shows the start. */
const detailCharactersMax = 8_000

/**
 * The newest rows of a conversation up to `lastSeq`, oldest first, at least back to `reachSeq`.
 * The caller has checked access.
 */
export async function readNewestThread(
  db: Database,
  range: { tenantId: string; conversationId: string; lastSeq: number; reachSeq: number | null },
): Promise<JournalRow[]> {
  let rows: StoredRow[] = []
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

/** With the beginning of a long detail only. */
function toThreadRow(row: StoredRow): JournalRow {
  const shown = rowFromStored(row)
  const field = factsOf(row.kind).detail
  if (field === null) return shown
  const payload: Payload = shown.payload
  return payload[field] === undefined
    ? shown
    : toJournalRow({ ...shown, payload: { ...payload, [field]: shorten(payload[field]) } })
}

function shorten(value: unknown): unknown {
  const text = typeof value === "string" ? value : JSON.stringify(value)
  if (text.length <= detailCharactersMax) return value
  return `${text.slice(0, detailCharactersMax).toWellFormed()}…`
}

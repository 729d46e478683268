import type { Database } from "#db/client.ts"
import { listRows, type RowRange, type StoredRow } from "#db/queries/journal.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"

import type { EncodedEvent } from "./encoded-event.ts"

/**
 * Reads rows for `GET …/messages`: a run of deltas that reaches over the edge of the range is cut to
 * it, so the ranges are gap-free together and the text is the same before and after folding. Their
 * payloads hold the details that were asked for.
 */
export async function readRows(db: Database, range: RowRange): Promise<StoredRow[]> {
  const rows = await listRows(db, range)
  if (range.descending) rows.reverse()
  return rows.map((row) => cutRow(row, range.sinceSeq ?? 0, range.beforeSeq ?? Infinity))
}

/** One page of a stream's replay. */
interface EventPage {
  events: EncodedEvent[]
  /** No row beyond these was there when the page was read. */
  isLast: boolean
}

/**
 * Reads events after a cursor, folded runs expanded into the original events.
 * @param options `withDetail` adds `args` and `result` to tool events
 */
export async function readEvents(
  db: Database,
  options: {
    tenantId: string
    conversationId: string
    sinceSeq: number
    withDetail: boolean
    rowsMax?: number
  },
): Promise<EventPage> {
  const rowsMax = options.rowsMax ?? 1_000
  const bytesMax = 1024 * 1024
  const rows = await listRows(db, { ...options, rowsMax, bytesMax })
  const events = rows.flatMap((row) => expandRow(row, options.sinceSeq))
  const bytes = rows.reduce((sum, row) => sum + row.payload.length, 0)
  return { events, isLast: rows.length < rowsMax && bytes < bytesMax / 4 }
}

/** The events of a row with seq > `sinceSeq`. */
export function expandRow(row: StoredRow, sinceSeq: number): EncodedEvent[] {
  if (row.lengths === null) {
    return row.seq > sinceSeq ? [{ seq: row.seq, kind: row.kind, json: withDetail(row) }] : []
  }
  const events: EncodedEvent[] = []
  const payload: { turn_id: string; text: string } = JSON.parse(row.payload)
  let start = 0
  row.lengths.forEach((length, index) => {
    const seq = row.firstSeq + index
    const text = payload.text.slice(start, start + length)
    start += length
    if (seq > sinceSeq) {
      events.push({
        seq,
        kind: "text_delta",
        json: JSON.stringify({ turn_id: payload.turn_id, text }),
      })
    }
  })
  return events
}

function cutRow(row: StoredRow, sinceSeq: number, beforeSeq: number): StoredRow {
  const whole: StoredRow = { ...row, payload: withDetail(row) }
  if (row.lengths === null || (row.firstSeq > sinceSeq && row.seq < beforeSeq)) return whole
  const firstSeq = Math.max(row.firstSeq, sinceSeq + 1)
  const lastSeq = Math.min(row.seq, beforeSeq - 1)
  const payload: { turn_id: string; text: string } = JSON.parse(row.payload)
  const lengths = row.lengths.slice(firstSeq - row.firstSeq, lastSeq - row.firstSeq + 1)
  const start = sum(row.lengths.slice(0, firstSeq - row.firstSeq))
  const text = payload.text.slice(start, start + sum(lengths))
  const json = JSON.stringify({ ...payload, text })
  return { ...whole, firstSeq, seq: lastSeq, payload: json, lengths }
}

function withDetail(row: StoredRow): string {
  const field = factsOf(row.kind).detail
  if (row.detail === null || field === null) return row.payload
  const payload: object = JSON.parse(row.payload)
  const detail: { args?: unknown; result?: unknown } = JSON.parse(row.detail)
  return JSON.stringify({ ...payload, [field]: detail[field] })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

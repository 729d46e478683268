import type { AttachmentRef, EventKind, EventPayload } from "#lib/protocol/events.ts"

/** A row of one kind; see `JournalRow`. */
export interface RowOf<K extends EventKind> {
  /** The last event the row covers. */
  seq: number
  /** The first event the row covers: below `seq` for a run of deltas. */
  firstSeq: number
  kind: K
  payload: LoosePayload<K>
  /** When it happened, by the server's clock; null when that is unknown. */
  atMs: number | null
}

/**
 * One row of a conversation's journal: an event, or a run of deltas (`firstSeq`..`seq`). Other
 * versions may have written a row: at run time a kind can be unknown, and a field can have any type.
 */
export type JournalRow = { [K in EventKind]: RowOf<K> }[EventKind]

/** The fields of a kind, none of which is believed: `textOf` and `numberOf` read them. */
export type LoosePayload<K extends EventKind> = {
  readonly [Field in keyof EventPayload<K>]?: unknown
}

/** A JSON object. */
export type Payload = Readonly<Record<string, unknown>>

/** A row of a kind that may be unknown here: readers of rows ignore it, cursors count it. */
export function toJournalRow(row: {
  seq: number
  firstSeq: number
  kind: string
  payload: Payload
  atMs: number | null
}): JournalRow {
  return row as JournalRow
}

/** A row as the database has it: `payload` is JSON text. */
interface StoredColumns {
  seq: number
  firstSeq: number
  kind: string
  payload: string
  createdAt: Date
}

/** Reads a row of the database. */
export function rowFromStored(row: StoredColumns): JournalRow {
  const payload: Payload = JSON.parse(row.payload)
  const { seq, firstSeq, kind } = row
  return toJournalRow({ seq, firstSeq, kind, payload, atMs: row.createdAt.getTime() })
}

/**
 * Ends a switch over kinds: a kind without a case fails `tsc` here. When it runs, the name is one
 * that only a newer process knows, and is ignored.
 */
export function ignoreUnknown<T>(_kind: never, unchanged: T): T {
  return unchanged
}

/** Reads a row of `GET …/messages`; null when it is not one. */
export function rowFromHistory(value: unknown): JournalRow | null {
  if (!isRecord(value)) return null
  const { seq, kind, payload } = value
  if (!isSeq(seq) || typeof kind !== "string" || !isRecord(payload)) return null
  const firstSeq = isSeq(value["first_seq"]) ? value["first_seq"] : seq
  const atMs = typeof value["created_at"] === "string" ? Date.parse(value["created_at"]) : NaN
  return toJournalRow({ seq, firstSeq, kind, payload, atMs: Number.isNaN(atMs) ? null : atMs })
}

/** Reads an event of the stream that has an id; null when it is not one of the journal. */
export function rowFromStream(
  event: { id?: string | undefined; event?: string | undefined; data: string },
  atMs: number | null,
): JournalRow | null {
  if (event.id === undefined || event.event === undefined || !/^[0-9]{1,15}$/.test(event.id)) {
    return null
  }
  const payload = parseRecord(event.data)
  if (payload === null) return null
  const seq = Number(event.id)
  return toJournalRow({ seq, firstSeq: seq, kind: event.event, payload, atMs })
}

/** The JSON object in a text, or null. */
export function parseRecord(text: string): Payload | null {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

export function isRecord(value: unknown): value is Payload {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

export function textOf<P extends object>(payload: P, field: keyof P): string {
  const value = payload[field]
  return typeof value === "string" ? value : ""
}

export function numberOf<P extends object>(payload: P, field: keyof P): number | null {
  const value = payload[field]
  return typeof value === "number" && Number.isFinite(value) ? value : null
}

/** Whether a `tool_result` tells of a fault; a tool that its person stopped has none. */
export function hasFailed(payload: LoosePayload<"tool_result">): boolean {
  return payload["is_error"] === true && payload["summary"] !== "interrupted"
}

/** The files of a message. */
export function attachmentsOf({ attachments }: LoosePayload<"message">): AttachmentRef[] {
  return Array.isArray(attachments) ? attachments.filter(isAttachmentRef) : []
}

function isAttachmentRef(value: unknown): value is AttachmentRef {
  return (
    isRecord(value) &&
    typeof value["attachment_id"] === "string" &&
    typeof value["filename"] === "string" &&
    typeof value["content_type"] === "string" &&
    typeof value["size_bytes"] === "number"
  )
}

function isSeq(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

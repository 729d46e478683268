/**
 * One row of a conversation's journal as the browser holds it: a stream event, or a row of the
 * history, which may cover a run of deltas (`firstSeq`..`seq`).
 */
export interface JournalRow {
  seq: number
  firstSeq: number
  kind: string
  payload: Payload
  /** When it happened, by the server's clock; null when nobody knows. */
  atMs: number | null
}

export type Payload = Readonly<Record<string, unknown>>

/** Reads a row of `GET …/messages`; null when it is not one. */
export function rowFromHistory(value: unknown): JournalRow | null {
  if (!isRecord(value)) return null
  const { seq, kind, payload } = value
  if (!isSeq(seq) || typeof kind !== "string" || !isRecord(payload)) return null
  const firstSeq = isSeq(value["first_seq"]) ? value["first_seq"] : seq
  const atMs = typeof value["created_at"] === "string" ? Date.parse(value["created_at"]) : NaN
  return { seq, firstSeq, kind, payload, atMs: Number.isNaN(atMs) ? null : atMs }
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
  return { seq, firstSeq: seq, kind: event.event, payload, atMs }
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

export function textOf(payload: Payload, field: string): string {
  const value = payload[field]
  return typeof value === "string" ? value : ""
}

export function numberOf(payload: Payload, field: string): number | null {
  const value = payload[field]
  return typeof value === "number" && Number.isFinite(value) ? value : null
}

/** Whether a `tool_result` tells of a fault; a tool that its person stopped has none. */
export function hasFailed(payload: Payload): boolean {
  return payload["is_error"] === true && payload["summary"] !== "interrupted"
}

function isSeq(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
}

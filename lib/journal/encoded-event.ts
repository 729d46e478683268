import type { EventKind } from "#lib/protocol/events.ts"

/** A committed event, its payload encoded once for the journal, the wire and every reader. */
export interface EncodedEvent {
  seq: number
  kind: EventKind
  /** One line of JSON. */
  json: string
}

/** Events of one conversation that follow each other without a gap, first to last. */
export interface EventBatch {
  conversationId: string
  firstSeq: number
  lastSeq: number
  events: readonly EncodedEvent[]
}

/**
 * One event as SSE. `json` is one line: JSON escapes CR and LF, so no field can be forged.
 * @see docs/protocol.md#event-stream
 */
export function encodeFrame(event: EncodedEvent): string {
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${event.json}\n\n`
}

/** The same event in a stream of several conversations: id and data say which it belongs to. */
export function encodeNamedFrame(conversationId: string, event: EncodedEvent): string {
  const rest = event.json.slice(1).trimStart()
  const comma = rest.startsWith("}") ? "" : ","
  return `id: ${conversationId}:${event.seq}\nevent: ${event.kind}\ndata: {"conversation_id":"${conversationId}"${comma}${rest}\n\n`
}

/** A batch as a message between processes: a line `seq kind`, then a line of JSON, per event. */
export function encodeBatch(batch: EventBatch): string {
  return batch.events.map((event) => `${event.seq} ${event.kind}\n${event.json}`).join("\n")
}

/** Reads `encodeBatch`; null when the message is not one of ours. */
export function decodeBatch(conversationId: string, message: string): EventBatch | null {
  const lines = message.split("\n")
  const events: EncodedEvent[] = []
  for (let line = 0; line + 1 < lines.length; line += 2) {
    const [seq, kind] = lines[line]?.split(" ") ?? []
    const json = lines[line + 1]
    if (seq === undefined || kind === undefined || json === undefined) return null
    const position = Number(seq)
    const expected = events.length === 0 ? position : (events.at(-1)?.seq ?? 0) + 1
    if (!Number.isSafeInteger(position) || position !== expected) return null
    // The kind came from a process that may be newer than this one: names unknown here pass through.
    events.push({ seq: position, kind: kind as EventKind, json })
  }
  const [first] = events
  const last = events.at(-1)
  if (first === undefined || last === undefined) return null
  return { conversationId, firstSeq: first.seq, lastSeq: last.seq, events }
}

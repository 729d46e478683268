import { createHash } from "node:crypto"

import type { StoredRow } from "#db/queries/journal.ts"
import { formatUuid } from "#lib/ids.ts"
import type { EventPayload } from "#lib/protocol/events.ts"

/** One row of `GET …/messages` as JSON, with the payload exactly as stored. */
export function encodeEntry(conversationId: string, row: StoredRow): string {
  const message: EventPayload<"message"> | null =
    row.kind === "message" ? JSON.parse(row.payload) : null
  const head = JSON.stringify({
    id: message?.message_id ?? entryId(conversationId, row.firstSeq),
    seq: row.seq,
    first_seq: row.firstSeq,
    direction: row.direction,
    kind: row.kind,
    created_at: row.createdAt.toISOString(),
    ...(row.turnId === null ? {} : { turn_id: row.turnId }),
    ...(message === null ? {} : { author: authorOf(message) }),
  })
  return `${head.slice(0, -1)},"payload":${row.payload}}`
}

function authorOf({ author }: EventPayload<"message">): { name: string; avatar_url?: string } {
  return author.avatar_url === undefined
    ? { name: author.name }
    : { name: author.name, avatar_url: author.avatar_url }
}

/**
 * Derives the id of a row without one: the same before and after folding.
 * @see RFC 9562, section "UUID Version 8"
 */
function entryId(conversationId: string, firstSeq: number): string {
  const bytes = createHash("sha256")
    .update(`${conversationId}:${firstSeq}`)
    .digest()
    .subarray(0, 16)
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  return formatUuid(bytes)
}

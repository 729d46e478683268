import { createHash } from "node:crypto"

import type { QueuedEnding } from "#db/queries/turn-control.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import type { EventPayload, StopReason } from "#lib/protocol/events.ts"

/** `final` and `done` of a turn that no driver ever had: no text, no time. */
export function queuedEndingEvents(
  turnId: string,
  stopReason: StopReason,
): { kind: "final" | "done"; json: string }[] {
  const final: EventPayload<"final"> = {
    turn_id: turnId,
    text: "",
    duration_ms: 0,
    stop_reason: stopReason,
    text_sha256: sha256Hex(""),
  }
  return [
    { kind: "final", json: JSON.stringify(final) },
    { kind: "done", json: JSON.stringify({ turn_id: turnId }) },
  ]
}

/** The same as a batch to publish. */
export function queuedEndingBatch(
  conversationId: string,
  ended: QueuedEnding,
  stopReason: StopReason,
): EventBatch {
  const events = queuedEndingEvents(ended.turnId, stopReason)
  const firstSeq = ended.lastSeq - events.length + 1
  return {
    conversationId,
    firstSeq,
    lastSeq: ended.lastSeq,
    events: events.map((event, index) => ({ ...event, seq: firstSeq + index })),
  }
}

/** SHA-256 of a text's UTF-8, in hex. */
export function sha256Hex(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex")
}

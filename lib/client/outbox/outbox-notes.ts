import type { SentShare } from "#lib/transcript/reduce-events.ts"

import type { SubmitOutcome } from "./submit.ts"

/** Messages between tabs about the outbox. */
export type OutboxNote =
  | { outbox: "added"; key: string }
  | { outbox: "retrying"; key: string }
  | { outbox: "progress"; key: string; share: SentShare }
  | { outbox: "cancel"; key: string }
  | { outbox: "wake" }
  | { outbox: "settled"; key: string; outcome: SubmitOutcome }

export function isOutboxNote(note: unknown): note is OutboxNote {
  return typeof note === "object" && note !== null && "outbox" in note
}

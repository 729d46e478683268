import type { RateNotice } from "#lib/rates/rate-limiter.ts"

/** A submit whose every field has been validated. */
export interface Submission {
  text: string
  attachments: readonly SubmittedAttachment[]
  browserSession: boolean
  turnSource: string
  idempotencyKey: string | null
  /** Claims of the caller as the JSON they came as; kept, never trusted. */
  identityJson: string | null
}

interface SubmittedAttachment {
  filename: string
  /** Sniffed from the bytes. */
  contentType: string
  bytes: Uint8Array
  sha256: Buffer
}

/** The ids a submit answers with: for a replay those of the first. */
export interface AcceptedTurn {
  outcome: "accepted" | "replayed"
  turnId: string
  messageId: string
  /** Turns of the conversation before this one, now. */
  queuedBehind: number
  /** The caller's remaining rate limit; null when this submit was not counted. */
  rate: RateNotice | null
}

export type SubmitResult = AcceptedTurn | { outcome: "conflicting" }

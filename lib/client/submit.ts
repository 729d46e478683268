import type { Accepted } from "#lib/protocol/messages.ts"

import { callApi, isApiError } from "./api.ts"
import { backoffMs, wait } from "./backoff.ts"

export interface OutgoingFile {
  filename: string
  content_type: string
  data_b64: string
}

export interface SubmitRequest {
  conversationId: string
  text: string
  attachments: readonly OutgoingFile[]
  /** One UUID per click of Send: every retry of that click carries it. */
  idempotencyKey: string
}

export type SubmitOutcome =
  | { outcome: "accepted"; accepted: Accepted }
  /** The server will not take it: text and files go back to the composer. */
  | { outcome: "refused"; status: number; code: string; message: string }
  | { outcome: "cancelled" }

interface SubmitOptions {
  signal: AbortSignal
  /** Called after each failed try. */
  onRetrying(): void
  call?: typeof callApi
  random?: () => number
  waitFor?: typeof wait
}

/** An answer of 500 says nothing about a second try, so there are only a few. */
const internalErrorTriesMax = 4

/** Sends one message until it is accepted, refused, or given up by the person. */
export async function submitMessage(
  request: SubmitRequest,
  options: SubmitOptions,
): Promise<SubmitOutcome> {
  const call = options.call ?? callApi
  const body = {
    text: request.text,
    idempotency_key: request.idempotencyKey,
    turn_source: "web",
    ...(request.attachments.length === 0 ? {} : { attachments: request.attachments }),
  }
  for (let tries = 1; ; tries++) {
    if (options.signal.aborted) return { outcome: "cancelled" }
    try {
      const accepted = await call(
        "POST",
        `/v1/api/conversations/${request.conversationId}/messages`,
        {
          body,
          signal: options.signal,
          timeoutMs: request.attachments.length === 0 ? 15_000 : 120_000,
        },
      )
      return { outcome: "accepted", accepted: accepted as Accepted }
    } catch (error) {
      if (options.signal.aborted) return { outcome: "cancelled" }
      if (!isApiError(error)) throw error
      if (!mayRetry(error.status, error.code, tries)) {
        const { status, code, message } = error
        return { outcome: "refused", status, code, message }
      }
      options.onRetrying()
      const delay = Math.max(error.retryAfterMs, backoffMs(tries, options.random ?? Math.random))
      await (options.waitFor ?? wait)(delay, options.signal)
    }
  }
}

function mayRetry(status: number, code: string, tries: number): boolean {
  // A full queue empties in minutes, not in seconds: the person decides.
  if (code === "queue_full") return false
  if (status === 0 || status === 408 || status === 429 || status === 503) return true
  return status >= 500 && tries < internalErrorTriesMax
}

import { api, callApi, isApiError } from "#lib/client/api/api.ts"
import { ownTimeZone } from "#lib/client/own-time-zone.ts"
import { backoffMs, wait, type Wait } from "#lib/client/stream/backoff.ts"
import { textOf, type JournalRow } from "#lib/transcript/journal-row.ts"
import type { SentShare } from "#lib/transcript/reduce-events.ts"

import type { OutboxEntry } from "./outbox-store.ts"

export type SubmitOutcome =
  | { outcome: "accepted"; conversationId: string }
  /** The server will not take it: text and files go back to the composer. */
  | ({ outcome: "refused"; status: number; code: string; message: string } & GivenUp)
  | ({ outcome: "cancelled" } & GivenUp)

interface GivenUp {
  /** The conversation it would have begun is gone again; another try needs another key. */
  isKeySpent?: true
}

interface SubmitOptions {
  signal: AbortSignal
  /** Called after each failed try. */
  onRetrying: () => void
  /** Told of messages with files. */
  onProgress?: (share: SentShare) => void
  call?: typeof callApi
  now?: () => number
  random?: () => number
  waitFor?: Wait
}

/** Why a try is aborted: its person does not want it sent any more. */
export const takenBack = "taken back"

/** Answers that say nothing good about another try: there are only so many. */
const failuresMax = 4
/** The server knows a key for 24 h; after this long its journal is asked first. */
const lookUpAfterMs = 23 * 60 * 60 * 1_000
/** How wrong the clock of this machine may be when a journal is searched by time. */
const clockToleranceMs = 60 * 60 * 1_000

/**
 * Sends one message until it is accepted, refused or cancelled. Retries never duplicate a message:
 * within a day the server recognizes its key, later the journal is checked.
 */
export async function submitMessage(
  entry: OutboxEntry,
  options: SubmitOptions,
): Promise<SubmitOutcome> {
  const { destination } = entry
  const { signal } = options
  let begun: string | null = null
  let failures = 0
  for (let tries = 1; ; tries++) {
    if (signal.aborted) break
    try {
      if (destination.kind === "new") begun ??= await begin(entry, destination.agentId, options)
      const conversationId = destination.kind === "new" ? (begun ?? "") : destination.id
      await tryOnce(entry, conversationId, options)
      return { outcome: "accepted", conversationId }
    } catch (error) {
      if (signal.aborted) break
      if (!isApiError(error)) throw error
      if (isFailure(error.status)) failures += 1
      if (!mayRetry(error.status, error.code) || failures === failuresMax) {
        const { status, code, message } = error
        // Signed out, it goes on later with the same conversation.
        const end = status === 401 ? {} : await discard(begun, options)
        return { outcome: "refused", status, code, message, ...end }
      }
      options.onRetrying()
      const delay = Math.max(error.retryAfterMs, backoffMs(tries, options.random ?? Math.random))
      await (options.waitFor ?? wait)(delay, options.signal)
    }
  }
  return {
    outcome: "cancelled",
    ...(signal.reason === takenBack ? await discard(begun, options) : {}),
  }
}

async function begin(entry: OutboxEntry, agentId: string, options: SubmitOptions): Promise<string> {
  const { call = callApi, signal } = options
  return (await api.createConversation(agentId, { key: entry.key, signal, call })).id
}

/** Deletes the conversation created for an unsent message, so that no empty one is left behind. */
async function discard(begun: string | null, { call }: SubmitOptions): Promise<GivenUp> {
  if (begun === null) return {}
  try {
    await (call ?? callApi)("DELETE", `/v1/api/conversations/${begun}`)
    return { isKeySpent: true }
  } catch (error) {
    // It stays, and the same key finds it again.
    if (isApiError(error)) return {}
    throw error
  }
}

async function tryOnce(
  entry: OutboxEntry,
  conversationId: string,
  options: SubmitOptions,
): Promise<void> {
  const { firstTryMs, files } = entry
  const { call = files.length === 0 ? callApi : await uploading(options), signal } = options
  const ageMs = (options.now ?? Date.now)() - (firstTryMs ?? Infinity)
  if (firstTryMs !== null && ageMs > lookUpAfterMs) {
    if (await hasMessage(conversationId, entry, firstTryMs, options)) return
  }
  const body = {
    text: entry.text,
    idempotency_key: entry.key,
    turn_source: "web",
    ...(files.length === 0 ? {} : { attachments: files }),
  }
  const post = (zone: { time_zone?: string }) =>
    call("POST", `/v1/api/conversations/${conversationId}/messages`, {
      body: { ...body, ...zone },
      signal,
      timeoutMs: files.length === 0 ? 15_000 : 120_000,
    })
  const zone = ownTimeZone()
  try {
    await post(zone === null ? {} : { time_zone: zone })
  } catch (error) {
    // A browser may know a zone that its server does not: the message goes without.
    if (!isApiError(error) || error.field !== "time_zone") throw error
    await post({})
  }
}

/** A call that tells how far it is, if its code can be had. */
async function uploading({ onProgress = () => {} }: SubmitOptions): Promise<typeof callApi> {
  try {
    return (await import("#lib/client/api/upload.ts")).uploadTo(onProgress)
  } catch {
    return callApi
  }
}

/** Whether the journal has the message, looked for from its end back to its first try. */
async function hasMessage(
  conversationId: string,
  entry: OutboxEntry,
  firstTryMs: number,
  { call, signal }: SubmitOptions,
): Promise<boolean> {
  for (let beforeSeq: number | null = null; ;) {
    const rows = await api.listInbound(conversationId, beforeSeq, {
      signal,
      ...(call === undefined ? {} : { call }),
    })
    const isIt = (row: JournalRow) =>
      row.kind === "message" && textOf(row.payload, "idempotency_key") === entry.key
    if (rows.some(isIt)) return true
    const [oldest] = rows
    if (oldest === undefined || (oldest.atMs ?? 0) < firstTryMs - clockToleranceMs) return false
    beforeSeq = oldest.firstSeq
  }
}

/** The server failed, or the connection is too slow for these files: endless tries cost data. */
function isFailure(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 503)
}

function mayRetry(status: number, code: string): boolean {
  // A full queue empties in minutes, not in seconds: the person decides.
  if (code === "queue_full") return false
  return status === 0 || status === 429 || status === 503 || isFailure(status)
}

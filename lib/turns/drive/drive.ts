import type { Database } from "#db/client.ts"
import type { TurnContext } from "#db/queries/turn-context.ts"
import type { ClaimedTurn } from "#db/queries/turns.ts"
import type { Failpoint } from "#lib/failures/failpoint.ts"
import type { JournalWriter } from "#lib/journal/append-events.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import type { TurnLog } from "#lib/journal/turn-log.ts"
import type { Log } from "#lib/log.ts"
import type { AgentTool, HistoryToolCall, Models } from "#lib/models/step.ts"
import type { CallFinish } from "#lib/transcript/model-calls.ts"
import type { ContextSizes } from "#lib/turns/history/context-sizes.ts"

import type { ReplayedMessage } from "./replay-turn.ts"
import type { JournaledUsage } from "./usage-numbers.ts"

export interface DriveDependencies {
  db: Database
  writer: JournalWriter
  models: Models
  /** How much each model was seen to read. */
  contextSizes: ContextSizes
  toolsFor: (names: string[] | null) => AgentTool[]
  log: Log
  publish: (batch: EventBatch) => void
  failpoint: Failpoint
  leaseSeconds: number
  /** Of one attempt: a turn is not to blame for the time in which no driver had it. */
  attemptMsMax: number
}

/**
 * Why a running turn is made to stop. `lost` and `handed_back` leave its ending to somebody else;
 * `rejected`: Postgres refused a value of this turn.
 */
export type StopCause = "interrupted" | "timeout" | "rejected" | "lost" | "handed_back"

/** One attempt at a turn, while it runs. */
export interface Drive {
  readonly turn: ClaimedTurn
  readonly context: TurnContext
  readonly tools: readonly AgentTool[]
  readonly log: TurnLog
  readonly signal: AbortSignal
  /** Reads PostgreSQL, however often it takes: an outage is no result of a turn. */
  readonly outlast: <T>(read: () => Promise<T>) => Promise<T>
  /** Milliseconds since the first claim. */
  readonly elapsedMs: () => number
  /** Where the message came from. */
  readonly turnSource: string
  /** This turn's own part of the history. */
  readonly messages: ReplayedMessage[]
  /** Model calls of every attempt. */
  readonly usage: JournaledUsage[]
  /** Journaled calls without a result. */
  readonly openCalls: Map<string, HistoryToolCall>
  /** Finished model calls that are kept. */
  steps: number
  /** Nudges up to this seq are in `messages`. */
  nudgesReadSeq: number
  /** How the last model call ended; null before the first. */
  lastReason: CallFinish["reason"] | null
}

export function stop(control: AbortController, cause: StopCause): void {
  if (!control.signal.aborted) control.abort(cause)
}

export function stopCause(signal: AbortSignal): StopCause | null {
  if (!signal.aborted) return null
  const cause: StopCause = signal.reason
  return cause
}

/** Lost, or about to be handed back: the ending is somebody else's. */
export function isLeft(signal: AbortSignal): boolean {
  const cause = stopCause(signal)
  return cause === "lost" || cause === "handed_back"
}

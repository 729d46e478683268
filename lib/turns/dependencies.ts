import type { Database } from "#db/client.ts"
import type { KnownConversation, ReplayRequest } from "#db/queries/submit-keys.ts"
import type { BudgetGate } from "#lib/budget/budget-gate.ts"
import type { Clock } from "#lib/clock.ts"
import type { Failpoint } from "#lib/failures/failpoint.ts"
import type { EventBatch } from "#lib/journal/encoded-event.ts"
import type { Log } from "#lib/log.ts"
import type { RateLimiter } from "#lib/rates/rate-limiter.ts"
import type { Bus } from "#lib/redis/bus.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"
import type { SubmitWriter } from "#lib/turns/submit/submit-writer.ts"

/** Dependencies of the turn operations. */
export interface TurnDependencies {
  db: Database
  /** A pool of its own for submits, so that nothing slow stands before them. */
  submitDb: Database
  submits: SubmitWriter
  /** Looks up an idempotency key; null when the conversation is not the caller's. */
  lookUpKey(request: ReplayRequest): Promise<KnownConversation | null>
  bus: Bus
  keys: RedisKeys
  limiter: RateLimiter
  budgets: BudgetGate
  /** Of all files of a tenant. */
  fileBytesMax: number
  clock: Clock
  log: Log
  failpoint: Failpoint
  /** Shows committed events: own readers at once, other processes by a hint. */
  publish(batch: EventBatch): void
  /** Makes the readers of a conversation look at it now. */
  lookAt(conversationId: string): void
  doorbell: Doorbell
}

/** Hints to the drivers of all processes; each is also found by polling. */
export interface Doorbell {
  /** A turn is queued. */
  ring(): void
  /** A running turn is asked to stop. */
  stop(turnId: string): void
}

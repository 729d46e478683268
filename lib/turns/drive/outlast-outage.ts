import { setTimeout as delay } from "node:timers/promises"

import { isOutage } from "#lib/failures/is-outage.ts"
import type { Log } from "#lib/log.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

const pauseMsMin = 50
const pauseMsMax = 1_000
/** One try: some reads are several statements of at most 5 s each. */
const tryMsMax = 30_000

interface OutlastOptions {
  /** How long it is tried. */
  limitMs: number
  /** Whether the wait for the next try is of no use any more. */
  isOver: () => boolean
  log: Log
  turnId: string
}

/**
 * Retries idempotent work on PostgreSQL during an outage.
 * @throws other errors at once; the outage error when `isOver` or past the limit
 */
export async function outlastOutage<T>(
  work: () => Promise<T>,
  { limitMs, isOver, log, turnId }: OutlastOptions,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
    try {
      return await withDeadline(work(), tryMsMax)
    } catch (error) {
      if (!isOutage(error) || isOver() || performance.now() >= deadline) throw error
      log.warn({ err: error, turn: turnId }, "a turn waits for PostgreSQL")
      await delay(pauseMs)
    }
  }
}

import { isAppError } from "#lib/errors.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

/** Batches in flight at most; all but one of them are slow. */
const inFlightMax = 4
/** A batch that takes longer no longer holds up the next one. */
const slowMs = 250
/** PostgreSQL cancels a statement after 5 s; a server that does not even answer by then is gone. */
const statementLimitMs = 6_000

/**
 * Limits how many batches are in flight: one, so that requests which arrive meanwhile share the next
 * one. A slow batch does not hold up the others: the next one starts beside it.
 */
export class InFlightLimiter {
  readonly #startBatch: () => Promise<void> | null
  #inFlightCount = 0
  /** Those in flight for less than `slowMs`. */
  #fastCount = 0

  /** @param startBatch takes the waiting requests; null if there are none. Its promise never rejects. */
  constructor(startBatch: () => Promise<void> | null) {
    this.#startBatch = startBatch
  }

  /** Starts the next batch if there is room. Call it whenever a request starts to wait. */
  start(): void {
    while (this.#fastCount === 0 && this.#inFlightCount < inFlightMax) {
      const batch = this.#startBatch()
      if (batch === null) return
      void this.#follow(batch)
    }
  }

  async #follow(batch: Promise<void>): Promise<void> {
    this.#inFlightCount += 1
    this.#fastCount += 1
    let isSlow = false
    const timer = setTimeout(() => {
      isSlow = true
      this.#fastCount -= 1
      this.start()
    }, slowMs)
    await batch
    clearTimeout(timer)
    if (!isSlow) this.#fastCount -= 1
    this.#inFlightCount -= 1
    this.start()
  }
}

/** @throws AppError unavailable when the statement does not settle in time */
export function withStatementDeadline<T>(statement: Promise<T>): Promise<T> {
  return withDeadline(statement, statementLimitMs)
}

/**
 * Whether an error concerns every request of a batch: an outage, or a statement that was given up.
 * Otherwise one of them caused it (as in a deadlock), and each is worth trying alone.
 */
export function failsWholeBatch(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null
  return isAppError(error) || (isOutage(error) && code !== "40P01")
}

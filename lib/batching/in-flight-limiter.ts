import { isAppError } from "#lib/errors.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

/** Maximum number of batches in flight; at most one of them is not slow. */
const inFlightMax = 4
/** A slower batch no longer blocks the next one. */
const slowMs = 250
/** PostgreSQL cancels a statement after 5 s; a server that has not answered by then is gone. */
const statementLimitMs = 6_000

/**
 * Limits batches in flight to one, so that requests arriving meanwhile share the next one. A slow batch
 * does not block the others: the next one starts beside it.
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

  /** Starts the next batch if there is room. Call it whenever a request is queued. */
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
 * Whether an error concerns the whole batch: an outage or a statement timeout. Otherwise one request
 * caused it (as in a deadlock), and each is worth retrying alone.
 */
export function failsWholeBatch(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null
  return isAppError(error) || (isOutage(error) && code !== "40P01")
}

import { withDeadline } from "#lib/deadline.ts"
import { isAppError } from "#lib/errors.ts"
import { isOutage } from "#lib/outage.ts"

/** At a time at most; all but one have taken too long already. */
const flightsMax = 4
/** One that takes longer is not waited for any more. */
const slowMs = 250
/** PostgreSQL gives a statement up after 5 s; whoever does not even say so is gone. */
const limitMs = 6_000

/**
 * Lets one piece of work begin after the other, so that what is asked for meanwhile gathers and goes
 * together. One that is slow holds up nobody: then the next begins beside it. One that does not end
 * is given up.
 */
export class Flights {
  readonly #next: () => Promise<void> | null
  #count = 0
  /** Of them, those that are not slow yet. */
  #swift = 0

  /** @param next begins work on what has gathered, null when that is nothing; its promise never rejects */
  constructor(next: () => Promise<void> | null) {
    this.#next = next
  }

  /** Something has gathered. */
  depart(): void {
    while (this.#swift === 0 && this.#count < flightsMax) {
      const work = this.#next()
      if (work === null) return
      void this.#follow(work)
    }
  }

  async #follow(work: Promise<void>): Promise<void> {
    this.#count += 1
    this.#swift += 1
    let isSlow = false
    const timer = setTimeout(() => {
      isSlow = true
      this.#swift -= 1
      this.depart()
    }, slowMs)
    await work
    clearTimeout(timer)
    if (!isSlow) this.#swift -= 1
    this.#count -= 1
    this.depart()
  }
}

/** @throws AppError unavailable when the statement does not end by itself */
export function inFlight<T>(statement: Promise<T>): Promise<T> {
  return withDeadline(statement, limitMs)
}

/**
 * Whether a statement failed for everybody in it, or is given up. Else one of them is to blame, as it
 * is for a deadlock, and the others can go alone.
 */
export function failsAll(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null
  return isAppError(error) || (isOutage(error) && code !== "40P01")
}

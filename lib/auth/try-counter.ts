const windowMs = 15 * 60 * 1000
const triesMax = 10
/** More names than this and the oldest is forgotten: the counter must not be a way to fill memory. */
const namesMax = 10_000

/** Counts failed tries by name, in this process: the eleventh within 15 minutes has to wait. */
export class TryCounter {
  readonly #failures = new Map<string, { count: number; sinceMs: number }>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Seconds until the next try is allowed; 0 = now. */
  waitSeconds(name: string): number {
    const failure = this.#failures.get(name)
    if (failure === undefined || failure.count < triesMax) return 0
    return Math.max(0, Math.ceil((failure.sinceMs + windowMs - this.#now()) / 1000))
  }

  fail(name: string): void {
    const nowMs = this.#now()
    const failure = this.#failures.get(name)
    const isFresh = failure !== undefined && failure.sinceMs + windowMs > nowMs
    this.#failures.delete(name)
    this.#failures.set(
      name,
      isFresh ? { ...failure, count: failure.count + 1 } : { count: 1, sinceMs: nowMs },
    )
    if (this.#failures.size > namesMax) this.#forgetOldest()
  }

  succeed(name: string): void {
    this.#failures.delete(name)
  }

  #forgetOldest(): void {
    const [oldest] = this.#failures.keys()
    if (oldest !== undefined) this.#failures.delete(oldest)
  }
}

import type { ArrivalStore } from "./gcra.ts"

/**
 * Beyond this many subjects the oldest are evicted: rate limiting must not become a way to fill memory.
 */
const subjectsMax = 100_000

/** Arrival times in this process, oldest first. */
export class MemoryArrivals implements ArrivalStore {
  readonly #arrivals = new Map<string, number>()

  find(key: string): number | undefined {
    return this.#arrivals.get(key)
  }

  set(key: string, arrivalMicros: number): void {
    this.#arrivals.delete(key)
    this.#arrivals.set(key, arrivalMicros)
    if (this.#arrivals.size <= subjectsMax) return
    const [oldest] = this.#arrivals.keys()
    if (oldest !== undefined) this.#arrivals.delete(oldest)
  }

  clear(): void {
    this.#arrivals.clear()
  }
}

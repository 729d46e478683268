import type { Rate, Taken } from "./gcra.ts"
import type { KeyClaim } from "./take-script.ts"

/**
 * The wire between processes: short-lived claims and hints. Nothing here is the truth, so every
 * implementation may lose what it holds; callers fall back to Postgres. Two implementations, one
 * contract suite: Redis, and this process's memory.
 */
export interface Bus {
  readonly kind: "redis" | "memory"
  /** False while the other side is known to be away; hints are then dropped at once. */
  isHealthy(): boolean
  /**
   * `SET key value NX GET EX ttl`: claims the key unless somebody holds it.
   * @returns null when claimed, else the value held
   * @throws when Redis does not answer in time (300 ms) or holds another type there
   */
  claim(key: string, value: string, ttlSeconds: number): Promise<string | null>
  /**
   * Takes one from each limit or nothing from any, in one step, by the clock of the wire. With a
   * `claim` the key is claimed before: who finds it held gets the value and takes nothing, who may
   * not go on does not keep it.
   * @throws when Redis does not answer in time (300 ms) or holds another type there
   */
  take(rates: readonly Rate[], claim?: KeyClaim): Promise<string | Taken>
  /** Deletes a key if it still holds `value`. Best effort: never throws. */
  release(key: string, value: string): Promise<void>
  /** Sends a hint to every process. Best effort: never throws, never waits. */
  publish(channel: string, message: string): void
  /**
   * Listens to a channel. The returned `ready` settles when the subscription was acknowledged, and
   * rejects when that took longer than its limit; the subscription is kept up either way and
   * re-made after an outage.
   */
  subscribe(channel: string, listener: (message: string) => void): Subscription
  /** Called whenever the wire came back after an outage: hints may have been missed. */
  onRecovered(listener: () => void): () => void
  close(): Promise<void>
}

export interface Subscription {
  readonly ready: Promise<void>
  close(): void
}

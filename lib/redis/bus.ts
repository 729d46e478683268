import type { Rate, Taken } from "./gcra.ts"
import type { KeyClaim } from "./take-script.ts"

/**
 * The bus between processes: short-lived claims and hints. It is never the source of truth, so every
 * implementation may lose data; callers fall back to Postgres. Two implementations, one contract suite:
 * Redis, and this process's memory.
 */
export interface Bus {
  readonly kind: "redis" | "memory"
  /** False while Redis is known to be down; hints are then dropped at once. */
  isHealthy(): boolean
  /**
   * `SET key value NX GET EX ttl`: claims the key unless it is held.
   * @returns null when claimed, else the current value
   * @throws when Redis does not answer in time (300 ms) or the key has another type
   */
  claim(key: string, value: string, ttlSeconds: number): Promise<string | null>
  /**
   * Charges every limit or none, atomically, by the bus's clock. A `claim` comes first: if the key is
   * held, its value is returned and nothing is charged; if a limit refuses, the claim is released.
   * @throws when Redis does not answer in time (300 ms) or the key has another type
   */
  take(rates: readonly Rate[], claim?: KeyClaim): Promise<string | Taken>
  /** Deletes a key if it still holds `value`. Best effort: never throws. */
  release(key: string, value: string): Promise<void>
  /** Sends a hint to every process. Best effort: never throws, never waits. */
  publish(channel: string, message: string): void
  /**
   * Subscribes to a channel. `ready` resolves once the subscription is acknowledged and rejects after
   * its deadline; either way the subscription is kept and restored after an outage.
   */
  subscribe(channel: string, listener: (message: string) => void): Subscription
  /** Called after every recovery from an outage: hints may have been missed. */
  onRecovered(listener: () => void): () => void
  close(): Promise<void>
}

export interface Subscription {
  readonly ready: Promise<void>
  close(): void
}

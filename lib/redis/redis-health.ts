import type { Log } from "#lib/log.ts"

/** Causes logged per outage, so that an ever-changing one cannot fill the log. */
const causesMax = 5

/** Logs a Redis outage once for all connections: each cause once, and the recovery. */
export class RedisHealth {
  readonly #log: Log
  readonly #down = new Set<object>()
  readonly #told = new Set<string>()

  constructor(log: Log) {
    this.#log = log
  }

  noteDown(connection: object, cause: string): void {
    this.#down.add(connection)
    if (this.#told.has(cause) || this.#told.size >= causesMax) return
    this.#told.add(cause)
    this.#log.warn({ cause }, "Redis cannot be used; hints stop, nothing is lost")
  }

  noteUp(connection: object): void {
    this.#down.delete(connection)
    if (this.#down.size > 0 || this.#told.size === 0) return
    this.#told.clear()
    this.#log.info("Redis is back")
  }
}

import { Redis } from "ioredis"

import { redact, type Log } from "#lib/log.ts"

interface ConnectionOptions {
  url: string
  /** Shown in CLIENT LIST and in the log. */
  name: string
  log: Log
  /** A command without an answer fails after this. */
  commandTimeoutMs: number
  /** Commands work, for the first time or again. */
  onUp?(): void
  /** Commands fail; also called when the first try to connect fails. */
  onDown?(): void
}

const heartbeatMs = 2_000
const connectTimeoutMs = 1_000
/** A socket that owes an answer and brings no byte for this long is cut. */
const silenceMs = 1_000
const backoffMaxMs = 1_000
/** So many answers missing in a row, and commands fail at once until a heartbeat is answered. */
const missesMax = 3

/**
 * A connection to Redis that never makes anybody wait long: commands fail at once while it is known
 * to be away, and a heartbeat every 2 s finds out when it is back.
 */
export class RedisConnection {
  readonly redis: Redis
  readonly #options: ConnectionOptions
  readonly #heartbeat: NodeJS.Timeout
  #state: "new" | "up" | "down" | "closed" = "new"
  #misses = 0

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.redis = new Redis(options.url, {
      connectionName: options.name,
      connectTimeout: connectTimeoutMs,
      commandTimeout: options.commandTimeoutMs,
      socketTimeout: silenceMs,
      disconnectTimeout: 200,
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      disableClientInfo: true,
      retryStrategy: (times) => Math.min(25 * 2 ** Math.min(times, 10), backoffMaxMs),
    })
    this.redis.on("ready", () => this.#rise())
    this.redis.on("close", () => this.#fall("the connection closed"))
    this.redis.on("error", (error: Error) => this.#fall(redact(error.message)))
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs).unref()
  }

  isUp(): boolean {
    return this.#state === "up"
  }

  /**
   * Runs one command.
   * @throws Error at once while Redis is away, else when the answer is late or an error
   */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#state === "down" || this.#state === "closed") throw new Error("Redis is away.")
    try {
      const answer = await command(this.redis)
      this.#misses = 0
      return answer
    } catch (error) {
      if (isTimeout(error) && ++this.#misses >= missesMax) this.#fall("it does not answer")
      throw error
    }
  }

  /** Cuts the connection and makes a new one. */
  reconnect(reason: string): void {
    if (this.#state === "closed") return
    this.#fall(reason)
    this.redis.disconnect(true)
  }

  close(): void {
    this.#state = "closed"
    clearInterval(this.#heartbeat)
    this.redis.disconnect()
  }

  async #beat(): Promise<void> {
    if (this.redis.status !== "ready") return
    try {
      await this.redis.ping()
      this.#rise()
    } catch (error) {
      this.#fall(error instanceof Error ? redact(error.message) : "a ping failed")
    }
  }

  #rise(): void {
    this.#misses = 0
    if (this.#state === "closed" || this.#state === "up") return
    if (this.#state === "down") {
      this.#options.log.info({ connection: this.#options.name }, "Redis is back")
    }
    this.#state = "up"
    this.#options.onUp?.()
  }

  #fall(reason: string): void {
    if (this.#state === "closed" || this.#state === "down") return
    this.#state = "down"
    this.#options.log.warn(
      { connection: this.#options.name, reason },
      "Redis is away; hints stop, nothing is lost",
    )
    this.#options.onDown?.()
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Command timed out"
}

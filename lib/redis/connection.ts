import { Redis } from "ioredis"

import { redact } from "#lib/log.ts"

import type { RedisHealth } from "./redis-health.ts"

interface ConnectionOptions {
  url: string
  /** Shown in CLIENT LIST. */
  name: string
  /** Exercises the connection's purpose; commands fail at once until it succeeds. */
  probe(redis: Redis): Promise<unknown>
  health: RedisHealth
  /** Deadline of a command. */
  commandTimeoutMs: number
  /** Commands work, for the first time or again. */
  onUp?(): void
  /** Commands fail; also called when the first connection attempt fails. */
  onDown?(): void
}

const heartbeatMs = 2_000
const connectTimeoutMs = 1_000
/** A socket with pending replies that receives no byte for this long is cut. */
const silenceMs = 1_000
const backoffMaxMs = 1_000
/** After this many consecutive timeouts commands fail at once until a heartbeat is answered. */
const missesMax = 3

/**
 * Error replies of a Redis that is reachable but unusable; retrying other commands would be pointless
 * too.
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/ "Simple errors"
 */
const refusals =
  /^(?:READONLY|OOM|MISCONF|NOREPLICAS|MASTERDOWN|LOADING|CLUSTERDOWN|CROSSSLOT|MOVED|ASK|NOAUTH|WRONGPASS|NOPERM)\b/

/**
 * A Redis connection that never blocks callers for long: commands fail at once while Redis is down or
 * refuses commands, and a probe every 2 s detects the recovery.
 */
export class RedisConnection {
  readonly redis: Redis
  readonly #options: ConnectionOptions
  readonly #heartbeat: NodeJS.Timeout
  #state: "new" | "up" | "down" | "closed" = "new"
  #misses = 0
  /** An error during the connection's setup: it is open but unusable. */
  #setupFault: string | null = null

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
    this.redis.on("connect", () => (this.#setupFault = null))
    this.redis.on("ready", () => void this.#beat())
    this.redis.on("close", () => this.#fall("the connection closed"))
    this.redis.on("error", (error: Error) => {
      if (this.redis.status === "connect" && isReply(error)) this.#setupFault = error.message
      this.#fall(error)
    })
    this.#heartbeat = setInterval(() => void this.#beat(), heartbeatMs).unref()
  }

  isUp(): boolean {
    return this.#state === "up"
  }

  /**
   * Runs one command.
   * @throws Error at once while Redis is down, else on a timeout or an error reply
   */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    if (this.#state === "down" || this.#state === "closed") throw new Error("Redis is away.")
    try {
      const answer = await command(this.redis)
      this.#misses = 0
      return answer
    } catch (error) {
      if (isTimeout(error) && ++this.#misses >= missesMax) this.#fall("it does not answer")
      if (isReply(error) && refusals.test(error.message)) this.#fall(error)
      throw error
    }
  }

  /** Replaces the connection. */
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
    if (this.redis.status !== "ready" || this.#setupFault !== null) return
    try {
      await this.#options.probe(this.redis)
      this.#rise()
    } catch (error) {
      this.#fall(error instanceof Error ? error : "a probe failed")
    }
  }

  #rise(): void {
    this.#misses = 0
    if (this.#state === "closed" || this.#state === "up") return
    this.#state = "up"
    this.#options.health.noteUp(this)
    this.#options.onUp?.()
  }

  #fall(reason: Error | string): void {
    if (this.#state === "closed") return
    const words = typeof reason === "string" ? reason : redact(reason.message)
    // Later causes are reported only for Redis's own error replies: others follow from the first.
    if (this.#state !== "down" || isReply(reason)) this.#options.health.noteDown(this, words)
    if (this.#state === "down") return
    this.#state = "down"
    this.#options.onDown?.()
  }
}

/** Whether Redis replied with this error, as opposed to a network failure. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError"
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Command timed out"
}

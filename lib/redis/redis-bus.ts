import { Redis } from "ioredis"

import type { Log } from "#lib/log.ts"

import type { Bus } from "./bus.ts"
import { RedisSubscriber } from "./redis-subscriber.ts"

/** No caller waits longer for an answer; Postgres decides without it. */
const commandMs = 300
const reconnectMsMax = 2_000
const probeMs = 1_000
/** After this many commands in a row without an answer the next fail at once, until a probe succeeds. */
const silentCommandsMax = 2
/** Hints in flight; beyond this they are dropped. */
const hintsMax = 2_000

interface RedisBusOptions {
  url: string
  log: Log
}

/** The wire over Redis. Every wait ends; while Redis is away commands fail and hints are dropped. */
export function createRedisBus(options: RedisBusOptions): Bus {
  return new RedisBus(options)
}

class RedisBus implements Bus {
  readonly kind = "redis"
  readonly #redis: Redis
  readonly #subscriber: RedisSubscriber
  readonly #log: Log
  readonly #probe: NodeJS.Timeout
  #silentCommands = 0
  #hints = 0

  constructor({ url, log }: RedisBusOptions) {
    this.#log = log
    this.#redis = new Redis(url, {
      enableOfflineQueue: false,
      enableAutoPipelining: true,
      maxRetriesPerRequest: 1,
      commandTimeout: commandMs,
      connectTimeout: 1_000,
      retryStrategy: (attempt) => Math.min(attempt * 100, reconnectMsMax),
    })
    // Also keeps an outage from being an unhandled error event; the words repeat each second.
    this.#redis.on("error", (error: Error) => log.debug({ err: error }, "Redis connection"))
    this.#redis.on("ready", () => {
      this.#silentCommands = 0
    })
    this.#subscriber = new RedisSubscriber(url, log)
    this.#probe = setInterval(() => void this.#runProbe(), probeMs)
    this.#probe.unref()
  }

  isHealthy(): boolean {
    return this.#redis.status === "ready" && this.#silentCommands < silentCommandsMax
  }

  async claim(key: string, value: string, ttlSeconds: number): Promise<string | null> {
    return await this.#run(() => this.#redis.set(key, value, "EX", ttlSeconds, "NX", "GET"))
  }

  async store(key: string, value: string, ttlSeconds: number): Promise<void> {
    await this.#tryOut(() => this.#redis.set(key, value, "EX", ttlSeconds))
  }

  async release(key: string, value: string): Promise<void> {
    await this.#tryOut(() => this.#redis.eval(releaseScript, 1, key, value))
  }

  publish(channel: string, message: string): void {
    if (!this.isHealthy() || this.#hints >= hintsMax) return
    this.#hints += 1
    void this.#tryOut(() => this.#redis.publish(channel, message)).finally(() => {
      this.#hints -= 1
    })
  }

  subscribe(channel: string, listener: (message: string) => void) {
    return this.#subscriber.subscribe(channel, listener)
  }

  onRecovered(listener: () => void): () => void {
    return this.#subscriber.onRecovered(listener)
  }

  async close(): Promise<void> {
    clearInterval(this.#probe)
    this.#subscriber.close()
    this.#redis.disconnect()
  }

  async #run<T>(command: () => Promise<T>): Promise<T> {
    if (!this.isHealthy()) throw new Error("Redis is away")
    try {
      const answer = await command()
      this.#silentCommands = 0
      return answer
    } catch (error) {
      if (isTimeout(error)) this.#silentCommands += 1
      throw error
    }
  }

  /** For what may fail: the caller has nothing to do about it. */
  async #tryOut(command: () => Promise<unknown>): Promise<void> {
    try {
      await this.#run(command)
    } catch (error) {
      this.#log.debug({ err: error }, "a best-effort Redis command failed")
    }
  }

  async #runProbe(): Promise<void> {
    if (this.#silentCommands < silentCommandsMax || this.#redis.status !== "ready") return
    try {
      await this.#redis.ping()
      this.#silentCommands = 0
    } catch (error) {
      this.#log.debug({ err: error }, "Redis is still silent")
    }
  }
}

/** Deletes the key only while it holds what the caller put there. */
const releaseScript = `
if redis.call("type", KEYS[1]).ok == "string" and redis.call("get", KEYS[1]) == ARGV[1] then
  return redis.call("del", KEYS[1])
end
return 0`

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.includes("timed out")
}

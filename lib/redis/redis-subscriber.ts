import { Redis } from "ioredis"

import type { Log } from "#lib/log.ts"

import type { Subscription } from "./bus.ts"

const reconnectMsMax = 2_000
const pingMs = 2_000
const pingAnswerMs = 1_000

interface Topic {
  listeners: Set<(message: string) => void>
  ready: Promise<void>
}

/**
 * The listening connection: re-made after an outage with all its subscriptions. A silent peer is
 * found by a ping every 2 s that must be answered within 1 s.
 */
export class RedisSubscriber {
  readonly #redis: Redis
  readonly #log: Log
  readonly #topics = new Map<string, Topic>()
  readonly #recovered = new Set<() => void>()
  readonly #ping: NodeJS.Timeout
  #wasAway = false

  constructor(url: string, log: Log) {
    this.#log = log
    this.#redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      autoResubscribe: false,
      commandTimeout: pingAnswerMs,
      connectTimeout: 1_000,
      retryStrategy: (attempt) => Math.min(attempt * 100, reconnectMsMax),
    })
    this.#redis.on("error", (error: Error) => log.debug({ err: error }, "Redis subscriber"))
    this.#redis.on("message", (channel: string, message: string) => {
      for (const listener of this.#topics.get(channel)?.listeners ?? []) listener(message)
    })
    this.#redis.on("close", () => {
      this.#wasAway = true
    })
    this.#redis.on("ready", () => void this.#onReady())
    this.#ping = setInterval(() => void this.#checkPulse(), pingMs)
    this.#ping.unref()
  }

  subscribe(channel: string, listener: (message: string) => void): Subscription {
    const topic = this.#topics.get(channel) ?? this.#openTopic(channel)
    const own = (message: string) => listener(message)
    topic.listeners.add(own)
    return {
      ready: topic.ready,
      close: () => {
        topic.listeners.delete(own)
        if (topic.listeners.size > 0 || this.#topics.get(channel) !== topic) return
        this.#topics.delete(channel)
        this.#send("unsubscribe", channel).catch((error: unknown) => {
          // A lost connection has unsubscribed by itself.
          this.#log.debug({ err: error }, "unsubscribing")
        })
      },
    }
  }

  onRecovered(listener: () => void): () => void {
    this.#recovered.add(listener)
    return () => this.#recovered.delete(listener)
  }

  close(): void {
    clearInterval(this.#ping)
    this.#topics.clear()
    this.#recovered.clear()
    this.#redis.disconnect()
  }

  #openTopic(channel: string): Topic {
    const topic: Topic = { listeners: new Set(), ready: this.#send("subscribe", channel) }
    // Whoever subscribes may look at it; nobody has to.
    topic.ready.catch((error: unknown) => this.#log.debug({ err: error }, "subscribing"))
    this.#topics.set(channel, topic)
    return topic
  }

  async #send(command: "subscribe" | "unsubscribe", ...channels: string[]): Promise<void> {
    if (this.#redis.status !== "ready") throw new Error("Redis is away")
    await this.#redis[command](...channels)
  }

  async #onReady(): Promise<void> {
    try {
      const channels = [...this.#topics.keys()]
      if (channels.length > 0) await this.#send("subscribe", ...channels)
      if (!this.#wasAway) return
      this.#wasAway = false
      for (const listener of this.#recovered) listener()
    } catch (error) {
      this.#log.debug({ err: error }, "subscriptions could not be re-made; connecting again")
      this.#redis.disconnect(true)
    }
  }

  async #checkPulse(): Promise<void> {
    if (this.#redis.status !== "ready") return
    try {
      await this.#redis.ping()
    } catch (error) {
      this.#log.debug({ err: error }, "the Redis subscriber is silent; connecting again")
      this.#wasAway = true
      this.#redis.disconnect(true)
    }
  }
}

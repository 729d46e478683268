import type { Log } from "#lib/log.ts"

import type { Subscription } from "./bus.ts"
import { RedisConnection } from "./connection.ts"
import type { RedisHealth } from "./redis-health.ts"

/** Maximum time an attach waits for the subscription. */
const acknowledgeMs = 500
/** Never published to: subscribing to it proves that Redis accepts subscriptions. */
const probeChannel = "studio:probe"
const channelsPerCommand = 500

interface Listener {
  hear(message: string): void
}

interface Channel {
  listeners: Set<Listener>
  /** Whether the connection acknowledged the subscription. */
  acknowledged: Promise<boolean>
}

/** Channels of one process, each subscribed once regardless of its number of listeners. */
export class Subscriber {
  readonly #connection: RedisConnection
  readonly #log: Log
  readonly #channels = new Map<string, Channel>()
  readonly #onRecovered: () => void
  /** Settles with the first connection attempt: until then no subscriber is told "away". */
  readonly #firstTry: Promise<void>
  #isBehind = false

  constructor(options: { url: string; log: Log; health: RedisHealth; onRecovered: () => void }) {
    this.#log = options.log
    this.#onRecovered = options.onRecovered
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#firstTry = promise
    this.#connection = new RedisConnection({
      url: options.url,
      name: "studio-subscriber",
      health: options.health,
      probe: (redis) => redis.subscribe(probeChannel),
      commandTimeoutMs: 1_000,
      onUp: () => {
        resolve()
        void this.#catchUp()
      },
      onDown: () => {
        this.#isBehind = true
        resolve()
      },
    })
    this.#connection.redis.on("message", (channel: string, message: string) =>
      this.#deliver(channel, message),
    )
  }

  isUp(): boolean {
    return this.#connection.isUp()
  }

  subscribe(name: string, hear: (message: string) => void): Subscription {
    const listener: Listener = { hear }
    const channel = this.#channels.get(name) ?? this.#open(name)
    channel.listeners.add(listener)
    const ready = waitFor(channel.acknowledged)
    // Callers that do not await `ready` fall back to polling.
    ready.catch(() => {})
    return {
      ready,
      close: () => {
        channel.listeners.delete(listener)
        if (channel.listeners.size > 0 || this.#channels.get(name) !== channel) return
        this.#channels.delete(name)
        void this.#send("unsubscribe", [name])
      },
    }
  }

  close(): void {
    this.#channels.clear()
    this.#connection.close()
  }

  #open(name: string): Channel {
    const channel: Channel = {
      listeners: new Set(),
      acknowledged: this.#firstTry.then(() => this.#send("subscribe", [name])),
    }
    this.#channels.set(name, channel)
    return channel
  }

  /** Restores all subscriptions after an outage; recovery is announced once every channel is back. */
  async #catchUp(): Promise<void> {
    if (!this.#isBehind) return
    this.#isBehind = false
    const names = [...this.#channels.keys()]
    const answers: Promise<boolean>[] = []
    for (let start = 0; start < names.length; start += channelsPerCommand) {
      const some = names.slice(start, start + channelsPerCommand)
      const acknowledged = this.#send("subscribe", some)
      answers.push(acknowledged)
      for (const name of some) {
        const channel = this.#channels.get(name)
        if (channel !== undefined) channel.acknowledged = acknowledged
      }
    }
    const isComplete = (await Promise.all(answers)).every(Boolean)
    if (isComplete) this.#onRecovered()
    // A partially subscribed connection is useless: start over with a new one.
    else this.#connection.reconnect("it did not subscribe again")
  }

  async #send(command: "subscribe" | "unsubscribe", names: string[]): Promise<boolean> {
    if (!this.#connection.isUp()) return false
    try {
      await this.#connection.run((redis) => redis[command](...names))
      return true
    } catch (error) {
      this.#log.debug({ err: error, channels: names.length }, `Redis did not ${command}`)
      return false
    }
  }

  #deliver(name: string, message: string): void {
    for (const listener of this.#channels.get(name)?.listeners ?? []) {
      try {
        listener.hear(message)
      } catch (error) {
        // One listener's exception must not keep the message from the others.
        this.#log.error({ err: error }, "a bus listener failed")
      }
    }
  }
}

async function waitFor(acknowledged: Promise<boolean>): Promise<void> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), acknowledgeMs)
  try {
    if (await Promise.race([acknowledged, late.promise])) return
    throw new Error("Redis did not subscribe in time.")
  } finally {
    clearTimeout(timer)
  }
}

import type { Log } from "#lib/log.ts"

import type { Subscription } from "./bus.ts"
import { RedisConnection } from "./connection.ts"
import type { RedisHealth } from "./redis-health.ts"

/** An attach waits no longer than this for the wire. */
const acknowledgeMs = 500
/** Nothing is published there: what counts is that Redis lets us subscribe. */
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

/** Channels of one process: each subscribed once, whatever the number of listeners. */
export class Subscriber {
  readonly #connection: RedisConnection
  readonly #log: Log
  readonly #channels = new Map<string, Channel>()
  readonly #onRecovered: () => void
  /** Settles when the first connection was made or refused: until then nobody is told "away". */
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
    // Whoever does not await it has the poll instead.
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

  /** After an outage the server has forgotten all; recovery is told once all channels are back. */
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
    // Without all of them the connection is of no use: a new one starts from nothing.
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
        // One listener's fault must not cost the others the message.
        this.#log.error({ err: error }, "A listener of the wire failed")
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

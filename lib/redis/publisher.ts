import type { Log } from "#lib/log.ts"

import type { RedisConnection } from "./connection.ts"

/** Text on its way to Redis at most, in UTF-16 units; what comes beyond is dropped, as hints may be. */
const waitingMax = 16 * 1024 * 1024

/** Sends the hints of one turn of the event loop in one write, and waits for none. */
export class Publisher {
  readonly #connection: RedisConnection
  readonly #log: Log
  #gathered: [channel: string, message: string][] = []
  #waiting = 0
  #isScheduled = false
  #sending = new Set<Promise<void>>()

  constructor(connection: RedisConnection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  publish(channel: string, message: string): void {
    if (!this.#connection.isUp() || this.#waiting + message.length > waitingMax) return
    this.#waiting += message.length
    this.#gathered.push([channel, message])
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => this.#send())
  }

  /** Waits until what was published has been answered or given up. */
  async flush(): Promise<void> {
    this.#send()
    await Promise.all(this.#sending)
  }

  #send(): void {
    this.#isScheduled = false
    if (this.#gathered.length === 0) return
    const batch = this.#gathered
    this.#gathered = []
    const sending = this.#sendBatch(batch).finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  async #sendBatch(batch: [channel: string, message: string][]): Promise<void> {
    try {
      await this.#connection.run(async (redis) => {
        const pipeline = redis.pipeline()
        for (const [channel, message] of batch) pipeline.publish(channel, message)
        const failed = (await pipeline.exec())?.find(([error]) => error !== null)
        if (failed?.[0]) throw failed[0]
      })
    } catch (error) {
      this.#log.debug({ err: error, hints: batch.length }, "Redis did not take hints")
    } finally {
      for (const [, message] of batch) this.#waiting -= message.length
    }
  }
}

import type { ChainableCommander } from "ioredis"

import type { Log } from "#lib/log.ts"

import type { RedisConnection } from "./connection.ts"

/** Maximum text in flight to Redis, in UTF-16 units; further hints are dropped. */
const waitingMax = 16 * 1024 * 1024

interface Batch {
  commands: ((pipeline: ChainableCommander) => void)[]
  size: number
  sent: Promise<void>
}

/**
 * Sends fire-and-forget hints: those of one event-loop turn go in one write, after that turn's answers
 * have been written.
 */
export class Publisher {
  readonly #connection: RedisConnection
  readonly #log: Log
  #gathered: Batch | null = null
  #waiting = 0
  readonly #sending = new Set<Promise<void>>()

  constructor(connection: RedisConnection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  publish(channel: string, message: string): void {
    void this.#gather(message.length, (pipeline) => pipeline.publish(channel, message))
  }

  /** Waits until every batched hint was answered or given up. */
  async flush(): Promise<void> {
    await Promise.all(this.#sending)
  }

  #gather(size: number, command: (pipeline: ChainableCommander) => void): Promise<void> | void {
    if (!this.#connection.isUp() || this.#waiting + size > waitingMax) return
    const batch = this.#gathered ?? this.#open()
    batch.commands.push(command)
    batch.size += size
    this.#waiting += size
    return batch.sent
  }

  #open(): Batch {
    const { promise: turnEnded, resolve } = Promise.withResolvers<void>()
    const batch: Batch = {
      commands: [],
      size: 0,
      sent: turnEnded.then(() => this.#send(batch)),
    }
    setImmediate(resolve)
    this.#gathered = batch
    this.#sending.add(batch.sent)
    return batch
  }

  async #send(batch: Batch): Promise<void> {
    this.#gathered = null
    try {
      await this.#connection.run(async (redis) => {
        const pipeline = redis.pipeline()
        for (const command of batch.commands) command(pipeline)
        const failed = (await pipeline.exec())?.find(([error]) => error !== null)
        if (failed?.[0]) throw failed[0]
      })
    } catch (error) {
      this.#log.debug(
        { err: error, commands: batch.commands.length },
        "could not publish hints to Redis",
      )
    } finally {
      this.#waiting -= batch.size
      this.#sending.delete(batch.sent)
    }
  }
}

import type { Database } from "#db/client.ts"
import { findHead, listHeadPositions, type Head, type HeadPosition } from "#db/queries/heads.ts"
import { notFound } from "#lib/errors.ts"
import { encodeBatch, type EventBatch } from "#lib/journal/encoded-event.ts"
import type { Log } from "#lib/log.ts"
import type { StalePayload } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { Bus } from "#lib/redis/bus.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"

import type { ChangeFeed } from "./change-feed.ts"
import { Channel } from "./channel.ts"
import { LiveReader, stalledMsMax, type SharedSink } from "./live-reader.ts"
import type { AttachOptions, StreamSink, StreamStart } from "./reader.ts"

const compareMs = 1_000
const compareChunk = 5_000
/** Keepalives are spread over their period: each tick writes to one slice of the readers. */
const slices = limits.keepaliveMs / compareMs

interface HubOptions {
  db: Database
  bus: Bus
  keys: RedisKeys
  log: Log
  /** Is told which conversations may look different in a list now. */
  changes: Pick<ChangeFeed, "note">
}

/** A stream the hub keeps alive, closes when it stalls, and ends when the process drains. */
export interface KeptStream {
  readonly fullSinceMs: number
  keepalive(): void
  end(lastFrame?: string): void
}

/** One process's live fan-out: a channel for each conversation with readers, counted. */
export class Hub {
  readonly #options: HubOptions
  readonly #channels = new Map<string, Channel>()
  readonly #slices: Set<KeptStream>[] = Array.from({ length: slices }, () => new Set())
  #tick = 0
  #timer: NodeJS.Timeout | null = null
  #comparing = false
  #isDraining = false

  constructor(options: HubOptions) {
    this.#options = options
    options.bus.onRecovered(() => void this.#compareHeads())
  }

  start(): void {
    this.#timer = setInterval(() => this.#onTick(), compareMs)
    this.#timer.unref()
  }

  get readerCount(): number {
    return this.#slices.reduce((sum, slice) => sum + slice.size, 0)
  }

  /** A batch this process has committed: own readers at once, other processes by a hint. */
  publish(batch: EventBatch): void {
    this.#channels.get(batch.conversationId)?.deliver(batch)
    const channel = this.#options.keys.conversationChannel(batch.conversationId)
    this.#options.bus.publish(channel, encodeBatch(batch))
    if (batch.events.some((event) => factsOf(event.kind).isListed)) {
      this.#options.changes.note(batch.conversationId)
    }
  }

  /** Makes every process look at a conversation now, for instance because it was deleted. */
  nudge(conversationId: string): void {
    this.#options.bus.publish(this.#options.keys.conversationChannel(conversationId), "look")
    this.#options.changes.note(conversationId)
    void this.#compareHeads()
  }

  /** Registers a stream of one conversation at once; `begin` then positions it. */
  register(
    options: AttachOptions,
    sink: StreamSink,
  ): { reader: LiveReader; begin: () => Promise<void> } {
    const attached = this.join(options, sink, null, () => release())
    const release = this.keep(attached.reader)
    return attached
  }

  /** Registers a reader that somebody else keeps. */
  join(
    options: AttachOptions,
    sink: StreamSink,
    shared: SharedSink | null,
    onClose: () => void,
  ): { reader: LiveReader; begin: () => Promise<void> } {
    const channel = this.#channelOf(options)
    const reader = new LiveReader({
      channel,
      sink,
      db: this.#options.db,
      scope: options.scope,
      shared,
      onClose: (closed) => {
        channel.readers.delete(closed)
        this.#release(channel)
        onClose()
      },
    })
    channel.readers.add(reader)
    return { reader, begin: () => this.#begin(channel, reader, options) }
  }

  /** @returns lets go of the stream */
  keep(stream: KeptStream): () => void {
    const slice = this.#slices[this.#tick % slices] ?? new Set()
    slice.add(stream)
    if (this.#isDraining) queueMicrotask(() => stream.end())
    return () => slice.delete(stream)
  }

  /** Ends every stream with a jittered `retry:`, so that the clients do not come back all at once. */
  drain(): void {
    this.#isDraining = true
    if (this.#timer !== null) clearInterval(this.#timer)
    for (const slice of this.#slices) {
      for (const reader of slice) {
        const retryMs = 1_000 + Math.floor(Math.random() * 4_000)
        reader.end(`retry: ${retryMs}\n: draining\n\n`)
      }
    }
  }

  async #begin(channel: Channel, reader: LiveReader, options: AttachOptions): Promise<void> {
    await channel.opened
    if (reader.isClosed) return
    const head = await findHead(this.#options.db, options.tenantId, options.conversationId)
    if (head === null) throw notFound()
    channel.compare({
      lastSeq: head.lastSeq,
      busy: head.isBusy,
      runTurn: head.runningTurn,
    })
    const { cursor, stale } = positionOf(options.start, head)
    await reader.start(cursor, stale)
  }

  #channelOf(options: AttachOptions): Channel {
    const known = this.#channels.get(options.conversationId)
    if (known !== undefined) return known
    const { db, bus, keys, log } = this.#options
    const channel = new Channel({
      tenantId: options.tenantId,
      conversationId: options.conversationId,
      db,
      bus,
      busChannel: keys.conversationChannel(options.conversationId),
      log,
    })
    // Callers that attach await it too; this catch avoids an unhandled rejection without any
    // caller.
    channel.opened.catch((error: unknown) => log.debug({ err: error }, "a channel did not open"))
    this.#channels.set(options.conversationId, channel)
    return channel
  }

  #release(channel: Channel): void {
    if (channel.readers.size > 0) return
    if (this.#channels.get(channel.conversationId) === channel) {
      this.#channels.delete(channel.conversationId)
    }
    channel.close()
  }

  #onTick(): void {
    this.#tick += 1
    const now = performance.now()
    for (const reader of this.#slices[this.#tick % slices] ?? []) reader.keepalive()
    for (const channel of this.#channels.values()) channel.tellSilence(now)
    for (const slice of this.#slices) {
      for (const reader of slice) {
        if (reader.fullSinceMs !== 0 && now - reader.fullSinceMs > stalledMsMax) reader.end()
      }
    }
    void this.#compareHeads()
  }

  /** Catches missed hints; a conversation without a head has been deleted. */
  async #compareHeads(): Promise<void> {
    if (this.#comparing || this.#channels.size === 0) return
    this.#comparing = true
    try {
      const ids = [...this.#channels.keys()]
      for (let start = 0; start < ids.length; start += compareChunk) {
        const chunk = ids.slice(start, start + compareChunk)
        const heads = await listHeadPositions(this.#options.db, chunk)
        const byId = new Map(heads.map((head) => [head.conversationId, head]))
        for (const id of chunk) this.#compareOne(id, byId.get(id))
      }
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        "heads could not be compared; trying again in a second",
      )
    } finally {
      this.#comparing = false
    }
  }

  #compareOne(id: string, head: HeadPosition | undefined): void {
    const channel = this.#channels.get(id)
    if (channel === undefined) return
    if (head !== undefined) channel.compare(head)
    else for (const reader of channel.readers) reader.end()
  }
}

/** Where a reader starts. An unreadable cursor is answered with `stale`, never with silence. */
export function positionOf(
  start: StreamStart,
  head: Pick<Head, "lastSeq" | "liveFromSeq">,
): { cursor: number; stale: StalePayload | null } {
  if (start.kind === "live") return { cursor: head.liveFromSeq, stale: null }
  if (start.kind === "after" && start.seq <= head.lastSeq) return { cursor: start.seq, stale: null }
  const afterSeq = Math.max(0, head.lastSeq - limits.replayEventsMax)
  return { cursor: afterSeq, stale: { reason: "unknown_cursor", after_seq: afterSeq } }
}

import type { Database } from "#db/client.ts"
import {
  encodeFrame,
  encodeNamedFrame,
  type EncodedEvent,
  type EventBatch,
} from "#lib/journal/encoded-event.ts"
import { readEvents } from "#lib/journal/read-events.ts"
import type {
  ActivePayload,
  ephemeralShapes,
  StalePayload,
  StreamScope,
} from "#lib/protocol/events.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"

import type { Channel, ChannelReader } from "./channel.ts"
import type { Reader, StreamSink } from "./reader.ts"

/** Maximum backlog of a reader with a full socket, before it is told that it lagged. */
const missedBytesMax = 256 * 1024
/** A reader that takes nothing for this long is closed. */
export const stalledMsMax = 30_000

const encoder = new TextEncoder()
/** A batch goes to all readers of a scope as the same bytes. */
const encodedBatches = new WeakMap<EventBatch, Map<string, Uint8Array>>()

/** How a reader shares its sink with readers of other conversations. */
export interface SharedSink {
  /** Runs one piece of reading after the other, so that only one page is in memory at a time. */
  oneAtATime<T>(work: () => Promise<T>): Promise<T>
}

/**
 * One stream. It is `reading` (paging through the journal at its own pace) or `live` (fed by its
 * channel). It changes to live only at a moment when its cursor has reached the channel's, so no
 * event is missed and none comes twice.
 */
export class LiveReader implements Reader, ChannelReader {
  readonly scope: StreamScope
  /** Since when the sink has been full, in ms of the monotonic clock; 0 = it has room. */
  fullSinceMs = 0
  isClosed = false

  readonly #channel: Channel
  readonly #sink: StreamSink
  readonly #db: Database
  readonly #shared: SharedSink | null
  readonly #onClose: (reader: LiveReader) => void
  #cursor = 0
  #state: "idle" | "reading" | "live" = "idle"
  #missedBytes = 0
  #wakeSink: (() => void) | null = null

  constructor(options: {
    channel: Channel
    sink: StreamSink
    db: Database
    scope: StreamScope
    /** Null = the sink is this reader's own; else its events name their conversation. */
    shared: SharedSink | null
    onClose: (reader: LiveReader) => void
  }) {
    this.#channel = options.channel
    this.#sink = options.sink
    this.#db = options.db
    this.scope = options.scope
    this.#shared = options.shared
    this.#onClose = options.onClose
  }

  get isBusy(): boolean {
    return this.#channel.isBusy
  }

  /** Another writer filled the shared sink. */
  hold(): void {
    if (this.fullSinceMs === 0) this.fullSinceMs = performance.now()
  }

  /** Starts after `cursor`; settles when the reader is live or closed. */
  async start(cursor: number, stale: StalePayload | null): Promise<void> {
    this.#cursor = cursor
    if (stale !== null) this.writeStale(stale)
    await this.#readUntilLive()
  }

  /** A batch the channel delivers. */
  receive(batch: EventBatch): void {
    if (this.isClosed || this.#state !== "live" || batch.lastSeq <= this.#cursor) return
    const isGap = batch.firstSeq > this.#cursor + 1 && this.fullSinceMs === 0
    if (isGap || (this.scope === "full" && batch.events.some(hasDetail))) {
      this.#readAgain()
    } else if (this.fullSinceMs !== 0) {
      for (const event of batch.events) this.#missedBytes += event.json.length
    } else if (batch.firstSeq === this.#cursor + 1) {
      this.#cursor = batch.lastSeq
      this.#write(this.#encodeBatch(batch))
    } else {
      this.#writeEvents(batch.events.filter((event) => event.seq > this.#cursor))
    }
  }

  keepalive(): void {
    if (this.fullSinceMs === 0 && !this.isClosed) {
      this.#write(this.#channel.isBusy ? pingFrame : idleFrame)
    }
  }

  /** A typing indicator: of use only to a reader that has everything else. */
  tellActive(payload: ActivePayload): void {
    if (this.#state === "live" && this.fullSinceMs === 0)
      this.#writePassing("agent_active", payload)
  }

  writeStale(payload: StalePayload): void {
    this.#writePassing("stale", payload)
  }

  /** An event that is in no journal, and so has no id. */
  #writePassing(name: keyof typeof ephemeralShapes, payload: ActivePayload | StalePayload): void {
    const { conversationId: conversation_id } = this.#channel
    const data = JSON.stringify(this.#shared === null ? payload : { conversation_id, ...payload })
    this.#write(encoder.encode(`event: ${name}\ndata: ${data}\n\n`))
  }

  resume(): void {
    this.fullSinceMs = 0
    this.#wakeSink?.()
    if (this.isClosed || this.#state !== "live") return
    if (this.#missedBytes > missedBytesMax) {
      this.writeStale({ reason: "lagged", after_seq: this.#cursor })
    }
    this.#missedBytes = 0
    if (this.#cursor < this.#channel.seq) this.#readAgain()
  }

  /** Ends the stream from our side, after an optional last frame. */
  end(lastFrame?: string): void {
    if (this.isClosed) return
    if (lastFrame !== undefined) this.#write(encoder.encode(lastFrame))
    this.close()
    this.#sink.end()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#wakeSink?.()
    this.#onClose(this)
  }

  #readAgain(): void {
    this.#state = "reading"
    // A read that fails ends the stream: the client comes back with its cursor.
    this.#readUntilLive().catch(() => this.end())
  }

  async #readUntilLive(): Promise<void> {
    this.#state = "reading"
    for (;;) {
      await this.#sinkHasRoom()
      if (this.isClosed || this.#joinLive()) return
      if (this.#shared === null) await this.#readPage()
      else await this.#shared.oneAtATime(() => this.#readPage())
    }
  }

  async #readPage(): Promise<void> {
    await this.#sinkHasRoom()
    if (this.isClosed) return
    const page = await readEvents(this.#db, {
      tenantId: this.#channel.tenantId,
      conversationId: this.#channel.conversationId,
      sinceSeq: this.#cursor,
      withDetail: this.scope === "full",
    })
    if (this.isClosed) return
    this.#writeEvents(page.events)
    if (page.events.length === 0 && this.#cursor < this.#channel.seq) {
      throw new Error("the journal ends before its head")
    }
    await this.#sinkHasRoom()
  }

  /** From here to `live` nothing may wait: a batch in between would be missed. */
  #joinLive(): boolean {
    if (this.#cursor < this.#channel.seq) {
      const recent = this.#channel.recentAfter(this.#cursor)
      if (recent === null || (this.scope === "full" && recent.some(hasDetail))) return false
      this.#writeEvents(recent)
    }
    this.#state = "live"
    return true
  }

  #writeEvents(events: readonly EncodedEvent[]): void {
    const last = events.at(-1)
    if (last === undefined) return
    this.#cursor = last.seq
    this.#write(encodeEvents(this.#channel.conversationId, events, this.scope, this.#isNamed))
  }

  get #isNamed(): boolean {
    return this.#shared !== null
  }

  #encodeBatch(batch: EventBatch): Uint8Array {
    const byForm = encodedBatches.get(batch) ?? new Map<string, Uint8Array>()
    encodedBatches.set(batch, byForm)
    const form = this.#isNamed ? `named ${this.scope}` : this.scope
    const bytes =
      byForm.get(form) ??
      encodeEvents(batch.conversationId, batch.events, this.scope, this.#isNamed)
    byForm.set(form, bytes)
    return bytes
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.isClosed) return
    if (!this.#sink.write(bytes) && this.fullSinceMs === 0) this.fullSinceMs = performance.now()
  }

  #sinkHasRoom(): Promise<void> | void {
    if (this.fullSinceMs === 0 || this.isClosed) return
    return new Promise((resolve) => {
      this.#wakeSink = () => {
        this.#wakeSink = null
        resolve()
      }
    })
  }
}

export const pingFrame = encoder.encode(": ping\n\n")
export const idleFrame = encoder.encode(": idle\n\n")

function encodeEvents(
  conversationId: string,
  events: readonly EncodedEvent[],
  scope: StreamScope,
  isNamed: boolean,
): Uint8Array {
  let frames = ""
  for (const event of events) {
    if (scope === "text" && isToolEvent(event)) continue
    frames += isNamed ? encodeNamedFrame(conversationId, event) : encodeFrame(event)
  }
  return encoder.encode(frames)
}

function isToolEvent({ kind }: EncodedEvent): boolean {
  return factsOf(kind).isTool
}

/** The wire carries no arguments and results: a `full` reader takes them from the journal. */
function hasDetail({ kind }: EncodedEvent): boolean {
  return factsOf(kind).detail !== null
}

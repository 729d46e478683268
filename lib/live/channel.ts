import type { Database } from "#db/client.ts"
import { findHead, type HeadPosition } from "#db/queries/heads.ts"
import { decodeBatch, type EncodedEvent, type EventBatch } from "#lib/journal/encoded-event.ts"
import { readEvents } from "#lib/journal/read-events.ts"
import type { Log } from "#lib/log.ts"
import type { ActivePayload } from "#lib/protocol/events.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { Bus, Subscription } from "#lib/redis/bus.ts"
import { ignoreUnknown } from "#lib/transcript/journal-row.ts"

/** Batches kept so that a reader that has just read the journal need not read it again. */
const recentBatchesMax = 32
const recentBytesMax = 128 * 1024

/** A reader that receives a channel's events. */
export interface ChannelReader {
  receive(batch: EventBatch): void
  tellActive(payload: ActivePayload): void
  end(): void
}

interface ChannelOptions {
  tenantId: string
  conversationId: string
  db: Database
  bus: Bus
  busChannel: string
  log: Log
}

/**
 * One conversation's live events in one process. `seq` is the position of its live readers. Bus
 * messages are hints: a batch that leaves a gap makes the channel read the journal.
 */
export class Channel {
  readonly tenantId: string
  readonly conversationId: string
  readonly readers = new Set<ChannelReader>()
  /** Settles when subscribed and positioned; a wire that is away does not fail it. */
  readonly opened: Promise<void>
  seq = 0
  isBusy = false

  readonly #options: ChannelOptions
  readonly #subscription: Subscription
  #recent: EventBatch[] = []
  #recentBytes = 0
  #isCatchingUp = false
  #behindSeq = 0
  #runningTurn: string | null = null
  /** In ms of the monotonic clock: the last event, or the last word that somebody is at work. */
  #heardMs = performance.now()
  #isToolRunning = false

  constructor(options: ChannelOptions) {
    this.#options = options
    this.tenantId = options.tenantId
    this.conversationId = options.conversationId
    this.#subscription = options.bus.subscribe(options.busChannel, (message) => {
      const batch = decodeBatch(options.conversationId, message)
      if (batch === null) this.#startCatchUp()
      else this.deliver(batch)
    })
    this.opened = this.#open()
  }

  /** Hands a committed batch to the readers; from this process or over the wire, in any order. */
  deliver(batch: EventBatch): void {
    if (batch.lastSeq <= this.seq) return
    if (batch.firstSeq > this.seq + 1) {
      this.#behindSeq = Math.max(this.#behindSeq, batch.lastSeq)
      this.#startCatchUp()
      return
    }
    const fresh = batch.firstSeq > this.seq ? batch : cutBatch(batch, this.seq)
    this.seq = batch.lastSeq
    this.#heardMs = performance.now()
    this.#noteBusy(fresh.events)
    this.#remember(fresh)
    for (const reader of this.readers) reader.receive(fresh)
  }

  /** The head as the once-a-second comparison sees it. */
  compare(head: Pick<HeadPosition, "lastSeq" | "busy" | "runTurn">): void {
    this.isBusy = head.busy
    this.#runningTurn = head.runTurn
    if (head.lastSeq <= this.seq) return
    this.#behindSeq = Math.max(this.#behindSeq, head.lastSeq)
    this.#startCatchUp()
  }

  /** Tells the readers, now and then, that a turn runs which says nothing. */
  tellSilence(nowMs: number): void {
    if (this.#runningTurn === null || nowMs - this.#heardMs < limits.silenceMs) return
    this.#heardMs = nowMs
    const hint = this.#isToolRunning ? "working" : "thinking"
    for (const reader of this.readers) reader.tellActive({ turn_id: this.#runningTurn, hint })
  }

  /** The remembered events after `seq`, or null when they do not reach back that far. */
  recentAfter(seq: number): EncodedEvent[] | null {
    if (seq === this.seq) return []
    const [oldest] = this.#recent
    if (oldest === undefined || oldest.firstSeq > seq + 1) return null
    return this.#recent.flatMap((batch) =>
      batch.lastSeq <= seq ? [] : batch.events.filter((event) => event.seq > seq),
    )
  }

  close(): void {
    this.#subscription.close()
    this.#recent = []
  }

  async #open(): Promise<void> {
    const { db, log, tenantId, conversationId } = this.#options
    await this.#subscription.ready.catch((error: unknown) => {
      // Without the wire the once-a-second comparison keeps the readers right.
      log.debug({ err: error, conversation: conversationId }, "subscribed late")
    })
    const head = await findHead(db, tenantId, conversationId)
    if (head === null) return
    this.isBusy = head.isBusy
    this.#runningTurn = head.runningTurn
    if (head.lastSeq <= this.seq) return
    // The remembered events end before this gap; drop them, so that no reader resumes across it.
    this.seq = head.lastSeq
    this.#recent = []
    this.#recentBytes = 0
  }

  #noteBusy(events: readonly EncodedEvent[]): void {
    for (const { kind } of events) {
      switch (kind) {
        case "message":
          this.isBusy = true
          break
        case "tool_call":
          this.#isToolRunning = true
          break
        // Its usage follows a call, and people add to a turn meanwhile.
        case "token_usage":
        case "nudge":
          break
        case "done":
          this.isBusy = false
          this.#runningTurn = null
          this.#isToolRunning = false
          break
        case "turn_started":
        case "text_delta":
        case "status":
        case "tool_result":
        case "final":
        case "error":
        case "title":
          this.#isToolRunning = false
          break
        default:
          this.#isToolRunning = ignoreUnknown(kind, false)
      }
    }
  }

  #remember(batch: EventBatch): void {
    this.#recent.push(batch)
    this.#recentBytes += sizeOf(batch)
    while (this.#recent.length > recentBatchesMax || this.#recentBytes > recentBytesMax) {
      const dropped = this.#recent.shift()
      if (dropped === undefined) break
      this.#recentBytes -= sizeOf(dropped)
    }
  }

  #startCatchUp(): void {
    if (this.#isCatchingUp) return
    this.#isCatchingUp = true
    this.#readMissed()
      .catch((error: unknown) => {
        // The next comparison, within a second, tries again.
        this.#options.log.warn({ err: error }, "a channel could not catch up")
      })
      .finally(() => {
        this.#isCatchingUp = false
      })
  }

  async #readMissed(): Promise<void> {
    await this.opened
    do {
      const { events } = await readEvents(this.#options.db, {
        tenantId: this.tenantId,
        conversationId: this.conversationId,
        sinceSeq: this.seq,
        withDetail: false,
      })
      const fresh = events.filter((event) => event.seq > this.seq)
      const [first] = fresh
      const last = fresh.at(-1)
      if (first === undefined || last === undefined) return
      this.deliver({
        conversationId: this.conversationId,
        firstSeq: first.seq,
        lastSeq: last.seq,
        events: fresh,
      })
    } while (this.seq < this.#behindSeq && this.readers.size > 0)
  }
}

/** The part of a batch after `seq`, since a page of the journal may end inside the batch. */
function cutBatch(batch: EventBatch, seq: number): EventBatch {
  return { ...batch, firstSeq: seq + 1, events: batch.events.filter((event) => event.seq > seq) }
}

function sizeOf(batch: EventBatch): number {
  return batch.events.reduce((sum, event) => sum + event.json.length, 0)
}

import type { EventSourceMessage } from "eventsource-parser"

import {
  numberOf,
  parseRecord,
  rowFromStream,
  textOf,
  type JournalRow,
  type Payload,
} from "#lib/transcript/journal-row.ts"

import {
  createEventReader,
  type ConnectionState,
  type EventReader,
  type EventReaderOptions,
} from "./event-reader.ts"

/** The server's limit of conversations per stream. */
const followedMax = 50
/** Wishes of one moment become one connection. */
const gatherMs = 30

export interface UserStreamOptions {
  url: string
  headers?: Readonly<Record<string, string>>
  onRows(conversationId: string, rows: readonly JournalRow[]): void
  onStale(conversationId: string, afterSeq: number): void
  onConversation(payload: Payload): void
  onState(state: ConnectionState): void
  /** A new connection: notifications without replay may have been missed. */
  onOpened(): void
  onClosed(status: number): void
  createReader?: (options: EventReaderOptions) => EventReader
}

/**
 * The one connection of a browser: the events of all conversations that are open in any tab. To
 * follow one more a second connection is made, and the first ended once the second is there.
 */
export class UserStream {
  readonly #options: UserStreamOptions
  /** The last seq that came of each conversation; the latest to be asked for stands last. */
  readonly #cursors = new Map<string, number>()
  /** Seqs to go back to with the next connection. */
  readonly #wanted = new Map<string, number>()
  #reader: EventReader | null = null
  #next: EventReader | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #rows = new Map<string, JournalRow[]>()
  #isLive = false
  #isClosed = false

  constructor(options: UserStreamOptions) {
    this.#options = options
  }

  start(): void {
    this.#reconnect()
  }

  stop(): void {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#reader?.stop()
    this.#next?.stop()
  }

  /** Makes sure that the events of a conversation after `seq` come, or have come. */
  follow(conversationId: string, seq: number): void {
    const cursor = this.#cursors.get(conversationId)
    this.#cursors.delete(conversationId)
    this.#cursors.set(conversationId, cursor ?? seq)
    if (cursor !== undefined && seq >= cursor) return
    this.#wanted.set(conversationId, Math.min(seq, this.#wanted.get(conversationId) ?? seq))
    this.#timer ??= setTimeout(() => this.#reconnect(), gatherMs)
  }

  /** Removes a conversation without views from the next connection. */
  leave(conversationId: string): void {
    this.#cursors.delete(conversationId)
    this.#wanted.delete(conversationId)
  }

  wake(reason: "visible" | "online"): void {
    this.#reader?.wake(reason)
    this.#next?.wake(reason)
  }

  sleep(): void {
    this.#reader?.sleep()
    this.#next?.sleep()
  }

  #reconnect(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    // One that has not been answered yet would ask for too little.
    this.#next?.stop()
    this.#next = this.#open()
    this.#next.start()
  }

  #open(): EventReader {
    const isFirst = this.#reader === null && this.#next === null
    const isCurrent = () => !this.#isClosed && (reader === this.#reader || reader === this.#next)
    const reader = (this.#options.createReader ?? createEventReader)({
      url: () => this.#address(),
      ...(this.#options.headers === undefined ? {} : { headers: this.#options.headers }),
      isResume: !isFirst,
      onEvent: (event, atMs) => isCurrent() && this.#take(event, atMs),
      onRead: () => isCurrent() && this.#flush(),
      onState: (state) => {
        if (!isCurrent()) return
        if (state === "live") this.#takeOver(reader)
        // While the old connection is live, do not report that its replacement connects.
        else if (reader === this.#next && this.#reader !== null) return
        else this.#isLive = false
        this.#options.onState(state)
      },
      onClosed: (status) => {
        if (!isCurrent()) return
        this.stop()
        this.#options.onClosed(status)
      },
    })
    return reader
  }

  #takeOver(reader: EventReader): void {
    if (reader === this.#next) {
      this.#reader?.stop()
      this.#reader = reader
      this.#next = null
    }
    // Unless a connection was live until now, events may have been missed.
    if (!this.#isLive) this.#options.onOpened()
    this.#isLive = true
  }

  #address(): string {
    for (const [id, seq] of this.#wanted) this.#cursors.set(id, seq)
    this.#wanted.clear()
    const newest = [...this.#cursors].slice(-followedMax)
    const since = newest.map(([id, seq]) => `${id}:${seq}`).join(",")
    return `${this.#options.url}?scope=full${since === "" ? "" : `&since=${since}`}`
  }

  #take(event: EventSourceMessage, atMs: number | null): void {
    const payload = parseRecord(event.data)
    if (payload === null) return
    if (event.event === "conversation") {
      this.#options.onConversation(payload)
      return
    }
    const conversationId = textOf(payload, "conversation_id")
    if (!this.#cursors.has(conversationId)) return
    if (event.event === "stale") {
      const afterSeq = numberOf(payload, "after_seq")
      if (afterSeq === null) return
      this.#flush()
      this.#cursors.set(conversationId, afterSeq)
      this.#options.onStale(conversationId, afterSeq)
      return
    }
    const row = rowFromStream({ ...event, id: event.id?.split(":")[1] }, atMs)
    if (row !== null) this.#add(conversationId, row)
  }

  #add(conversationId: string, row: JournalRow): void {
    this.#cursors.set(conversationId, row.seq)
    const rows = this.#rows.get(conversationId)
    if (rows === undefined) this.#rows.set(conversationId, [row])
    else rows.push(row)
  }

  #flush(): void {
    if (this.#rows.size === 0) return
    const all = this.#rows
    this.#rows = new Map()
    for (const [conversationId, rows] of all) this.#options.onRows(conversationId, rows)
  }
}

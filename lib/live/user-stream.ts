import { isAppError } from "#lib/errors.ts"
import type { Log } from "#lib/log.ts"
import type { StreamScope } from "#lib/protocol/events.ts"

import { openingFrame } from "./attach-stream.ts"
import type { ChangeFeed, Follower } from "./change-feed.ts"
import type { Hub, KeptStream } from "./hub.ts"
import { idleFrame, pingFrame, type LiveReader, type SharedSink } from "./live-reader.ts"
import type { OpenStream, Reader, StreamSink, StreamStart } from "./reader.ts"

interface UserStreamOptions {
  tenantId: string
  userId: string
  /** Where each conversation starts; the caller has checked that the user takes part in them. */
  starts: ReadonlyMap<string, StreamStart>
  /** Asked for, but not there for this user: told so at once. */
  missing: readonly string[]
  scope: StreamScope
  /** Digests of the user's list before the stream was opened. */
  known: Map<string, string>
}

interface UserStreamDependencies {
  hub: Hub
  changes: ChangeFeed
  log: Log
}

/**
 * Streams the activity in all conversations of a person. @see
 * docs/protocol.md#stream-of-all-conversations
 */
export function attachUserStream(
  dependencies: UserStreamDependencies,
  options: UserStreamOptions,
): OpenStream {
  return (sink) => {
    sink.write(openingFrame)
    const stream = new UserStream(dependencies, options, sink)
    stream.start()
    return stream
  }
}

/** States that wait for room; beyond it the stream ends, and the client begins anew. */
const waitingMax = 1_000

const encoder = new TextEncoder()

/**
 * One stream of many conversations: a reader per open conversation, all writing into one sink, plus
 * list states of the other conversations.
 */
class UserStream implements Reader, KeptStream, Follower, SharedSink {
  readonly tenantId: string
  readonly userId: string
  readonly known: Map<string, string>
  fullSinceMs = 0

  readonly #dependencies: UserStreamDependencies
  readonly #options: UserStreamOptions
  readonly #sink: StreamSink
  readonly #members = new Map<string, LiveReader>()
  /** Members that have ended: whether their conversation is gone, the next look at it tells. */
  readonly #ended = new Set<string>()
  /** The latest state of each conversation that found the sink full. */
  readonly #waiting = new Map<string, Uint8Array>()
  readonly #releases: (() => void)[] = []
  #reading: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(dependencies: UserStreamDependencies, options: UserStreamOptions, sink: StreamSink) {
    this.#dependencies = dependencies
    this.#options = options
    this.#sink = sink
    this.tenantId = options.tenantId
    this.userId = options.userId
    this.known = options.known
  }

  start(): void {
    const { hub, changes } = this.#dependencies
    this.#releases.push(hub.keep(this), changes.follow(this))
    for (const id of this.#options.missing) this.tellGone(id)
    for (const [id, start] of this.#options.starts) this.#join(id, start)
  }

  isReading(conversationId: string): boolean {
    return this.#members.has(conversationId)
  }

  tell(conversationId: string, json: string): void {
    if (this.#ended.delete(conversationId)) {
      // It is still there, only its reader is not: the client comes back with its cursors.
      return this.end()
    }
    const frame = encoder.encode(`event: conversation\ndata: ${json}\n\n`)
    if (this.fullSinceMs === 0) this.#write(frame)
    else if (this.#waiting.size < waitingMax) this.#waiting.set(conversationId, frame)
    else this.end()
  }

  tellGone(conversationId: string): void {
    this.#ended.delete(conversationId)
    this.#members.get(conversationId)?.close()
    this.#members.delete(conversationId)
    this.tell(conversationId, JSON.stringify({ id: conversationId, deleted: true }))
  }

  async oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#reading.then(work)
    // The caller handles the failure; the next in the queue only waits for completion.
    this.#reading = mine.catch(() => {})
    return await mine
  }

  keepalive(): void {
    if (this.fullSinceMs !== 0) return
    const isBusy = [...this.#members.values()].some((member) => member.isBusy)
    this.#write(isBusy ? pingFrame : idleFrame)
  }

  resume(): void {
    this.fullSinceMs = 0
    for (const [id, frame] of this.#waiting) {
      if (this.fullSinceMs !== 0) return
      this.#waiting.delete(id)
      this.#write(frame)
    }
    for (const member of this.#members.values()) {
      if (this.fullSinceMs !== 0) return
      member.resume()
    }
  }

  end(lastFrame?: string): void {
    if (this.#isClosed) return
    if (lastFrame !== undefined) this.#write(encoder.encode(lastFrame))
    this.close()
    this.#sink.end()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const release of this.#releases) release()
    for (const member of this.#members.values()) member.close()
    this.#members.clear()
    this.#waiting.clear()
  }

  #join(id: string, start: StreamStart): void {
    const { hub, log } = this.#dependencies
    const sink: StreamSink = {
      write: (bytes) => this.#write(bytes),
      end: () => this.#onEnded(id),
    }
    const options = {
      tenantId: this.tenantId,
      conversationId: id,
      start,
      scope: this.#options.scope,
    }
    const { reader, begin } = hub.join(options, sink, this, () => {})
    this.#members.set(id, reader)
    begin().catch((error: unknown) => {
      if (!isAppError(error)) log.warn({ err: error }, "a conversation of a stream could not start")
      reader.end()
    })
  }

  /** A member ended by itself: deleted, or it could not be read. */
  #onEnded(id: string): void {
    if (this.#isClosed) return
    this.#members.delete(id)
    this.#ended.add(id)
    this.#dependencies.changes.look(this, id)
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false
    const hasRoom = this.#sink.write(bytes)
    if (!hasRoom && this.fullSinceMs === 0) {
      this.fullSinceMs = performance.now()
      for (const member of this.#members.values()) member.hold()
    }
    return hasRoom
  }
}

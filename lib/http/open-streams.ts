import { listValidGrants } from "#db/queries/stream-grants.ts"
import type { OpenStream } from "#lib/live/reader.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { StreamBody, StreamGrant } from "./reply.ts"

/** One open stream of this process, on either mount. */
export interface LiveStream {
  readonly grant: StreamGrant
  end(): void
}

const checkEveryMs = 2_000
const grantsPerQuery = 2_000
/**
 * Over the limit the stream ends at once with 200, because a browser's `EventSource` does not reconnect
 * after an error.
 */
const tooManyFrame = new TextEncoder().encode("retry: 15000\n: too many streams\n\n")

/**
 * The open streams of a process. Ends a stream when its authorization is lost: token revoked or
 * expired, person disabled or demoted, conversation deleted.
 */
class OpenStreams {
  readonly #streams = new Set<LiveStream>()
  readonly #perUser = new Map<string, number>()
  #timer: NodeJS.Timeout | null = null
  #isChecking = false

  /**
   * @returns how to open it: as requested, or refused when this person has too many streams open here
   */
  add(stream: LiveStream, body: StreamBody, runtime: Runtime): OpenStream {
    const { userId } = stream.grant
    const count = this.#perUser.get(userId) ?? 0
    if (count >= runtime.env.STUDIO_STREAMS_PER_USER) return refuse
    this.#streams.add(stream)
    this.#perUser.set(userId, count + 1)
    this.#timer ??= setInterval(() => void this.#check(runtime), checkEveryMs).unref()
    return body.open
  }

  remove(stream: LiveStream): void {
    if (!this.#streams.delete(stream)) return
    const { userId } = stream.grant
    const left = (this.#perUser.get(userId) ?? 1) - 1
    if (left === 0) this.#perUser.delete(userId)
    else this.#perUser.set(userId, left)
    if (this.#streams.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer)
      this.#timer = null
    }
  }

  async #check(runtime: Runtime): Promise<void> {
    if (this.#isChecking) return
    this.#isChecking = true
    try {
      const streams = [...this.#streams]
      for (let at = 0; at < streams.length; at += grantsPerQuery) {
        const batch = streams.slice(at, at + grantsPerQuery)
        const grants = batch.map((stream) => stream.grant)
        const valid = await listValidGrants(runtime.db, grants)
        for (const [index, stream] of batch.entries()) if (!valid.has(index)) stream.end()
      }
    } catch (error) {
      // Rights cannot be checked during a database outage; the next round tries again.
      runtime.log.warn({ err: error }, "could not check the rights of open streams")
    } finally {
      this.#isChecking = false
    }
  }
}

const refuse: OpenStream = (sink) => {
  sink.write(tooManyFrame)
  // The caller must hold the reader before the stream can end.
  queueMicrotask(() => sink.end())
  return { resume() {}, close() {} }
}

const key = Symbol.for("studio.open-streams")

interface StreamsHolder {
  [key]?: OpenStreams
}

/** One per process: Next's copy of this module finds the same instance. */
export function openStreams(): OpenStreams {
  const holder: typeof globalThis & StreamsHolder = globalThis
  holder[key] ??= new OpenStreams()
  return holder[key]
}

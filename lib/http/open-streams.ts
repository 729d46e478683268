import { listValidGrants } from "#db/queries/stream-grants.ts"
import type { Runtime } from "#lib/runtime.ts"

import type { StreamGrant } from "./reply.ts"

/** One open stream of this process, whichever mount carries it. */
export interface LiveStream {
  readonly grant: StreamGrant
  end(): void
}

const checkEveryMs = 2_000
const grantsPerQuery = 2_000

/**
 * The open streams of a process. Ends those whose right has gone: token revoked or expired, person
 * disabled or demoted, conversation deleted.
 */
class OpenStreams {
  readonly #streams = new Set<LiveStream>()
  #timer: NodeJS.Timeout | null = null
  #isChecking = false

  add(stream: LiveStream, runtime: Runtime): void {
    this.#streams.add(stream)
    this.#timer ??= setInterval(() => void this.#check(runtime), checkEveryMs).unref()
  }

  remove(stream: LiveStream): void {
    this.#streams.delete(stream)
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
      // Without the database nobody can tell; the next round asks again.
      runtime.log.warn({ err: error }, "could not check the rights of open streams")
    } finally {
      this.#isChecking = false
    }
  }
}

const key = Symbol.for("studio.open-streams")

interface StreamsHolder {
  [key]?: OpenStreams
}

/** One per process: Next's copy of this module finds the same one. */
export function openStreams(): OpenStreams {
  const holder: typeof globalThis & StreamsHolder = globalThis
  holder[key] ??= new OpenStreams()
  return holder[key]
}

import { setTimeout as delay } from "node:timers/promises"

import type { Database } from "#db/client.ts"
import { updateTimeZone } from "#db/queries/people.ts"
import type { Log } from "#lib/log.ts"

const peopleMax = 10_000
/** Cache lifetime, because another process may write a different zone. */
const keptMs = 10 * 60_000
/** Maximum time a message waits for the update of its person's time zone. */
const waitMsMax = 500

/** Remembers the time zone that each person's messages name; most submits write nothing. */
export class TimeZones {
  readonly #db: Database
  readonly #log: Log
  readonly #noted = new Map<string, { zone: string; atMs: number }>()

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** Never rejects: failing to store a time zone must not fail the message. */
  async note(person: { tenantId: string; userId: string }, zone: string): Promise<void> {
    const known = this.#noted.get(person.userId)
    if (known?.zone === zone && Date.now() - known.atMs < keptMs) return
    const timer = new AbortController()
    const late = delay(waitMsMax, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([this.#write(person, zone), late])
    timer.abort()
  }

  async #write({ tenantId, userId }: { tenantId: string; userId: string }, zone: string) {
    try {
      await updateTimeZone(this.#db, tenantId, userId, zone)
      if (this.#noted.size >= peopleMax) this.#noted.clear()
      this.#noted.set(userId, { zone, atMs: Date.now() })
    } catch (error) {
      this.#log.warn({ err: error }, "could not store a person's time zone")
    }
  }
}

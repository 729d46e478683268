import { setTimeout as delay } from "node:timers/promises"

import type { Database } from "#db/client.ts"
import { updateTimeZone } from "#db/queries/people.ts"
import type { Log } from "#lib/log.ts"

const peopleMax = 10_000
/** Another process may have written another zone meanwhile. */
const keptMs = 10 * 60_000
/** A message does not wait longer than this for its person's time zone. */
const waitMsMax = 500

/** Keeps with each person the time zone that their messages name; most submits write nothing. */
export class TimeZones {
  readonly #db: Database
  readonly #log: Log
  readonly #noted = new Map<string, { zone: string; atMs: number }>()

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** Never rejects: a message is worth more than its date. */
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
      this.#log.warn({ err: error }, "a person's time zone could not be kept")
    }
  }
}

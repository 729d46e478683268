import type { Database } from "#db/client.ts"
import { getOrSetFact, replaceFact } from "#db/queries/installation.ts"
import {
  listEntries,
  refreshConversations,
  refreshTexts,
  writeEntryWords,
  type EntryPlace,
} from "#db/queries/search-refresh.ts"

import { indexWords } from "./words.ts"

/** Raised when `lib/fold-text.ts` or `words.ts` finds other words: all texts are read again. */
const wordsVersion = 1
const progressFact = "search_words"
const conversationsPerBatch = 200
const entriesPerBatch = 100
const batchesPerRound = 20
/**
 * By then, processes of the previous release have exited; a second pass reindexes the texts they
 * stored.
 */
const secondPassMs = 86_400_000
const start: EntryPlace = { conversationId: "00000000-0000-0000-0000-000000000000", seq: 0 }

/** How far the stored texts have been read. */
interface Progress {
  version: number
  begunMs: number
  pass: 1 | 2
  /** Null = the pass has ended. */
  after: EntryPlace | null
}

/**
 * Brings search data up to date: fills missing columns of conversations, and reindexes texts and
 * titles stored by an earlier release. Any number of processes may run it concurrently.
 */
export class SearchRefresh {
  readonly #db: Database
  /** Before this time there is nothing to read. */
  #readFromMs = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** Some batches of each. @returns whether something is left */
  async run(signal: AbortSignal, nowMs = Date.now()): Promise<boolean> {
    let isLeft = true
    for (let batch = 0; isLeft && batch < batchesPerRound && !signal.aborted; batch += 1) {
      const rows = await refreshConversations(this.#db, conversationsPerBatch)
      const isRead = nowMs >= this.#readFromMs && (await this.#readBatch(nowMs))
      isLeft = rows === conversationsPerBatch || isRead
    }
    return isLeft
  }

  /** @returns false when the pass has ended */
  async #readBatch(nowMs: number): Promise<boolean> {
    const first: Progress = { version: wordsVersion, begunMs: nowMs, pass: 1, after: start }
    const stored = await getOrSetFact(this.#db, progressFact, JSON.stringify(first))
    const progress = nextProgress(parseProgress(stored), first)
    if (progress.after === null) {
      this.#readFromMs = progress.pass === 2 ? Infinity : progress.begunMs + secondPassMs
      return false
    }
    const entries = await listEntries(this.#db, progress.after, entriesPerBatch)
    await writeEntryWords(
      this.#db,
      entries.map(({ body, ...place }) => ({ ...place, words: indexWords(body) })),
    )
    await refreshTexts(this.#db, [...new Set(entries.map((entry) => entry.conversationId))])
    const last = entries.at(-1)
    const after =
      entries.length < entriesPerBatch || last === undefined
        ? null
        : { conversationId: last.conversationId, seq: last.seq }
    const to = JSON.stringify({ ...progress, after })
    await replaceFact(this.#db, progressFact, { from: stored, to })
    return true
  }
}

/** A higher version than ours is of a newer release, which does the work. */
function nextProgress(stored: Progress, first: Progress): Progress {
  if (stored.version < first.version) return first
  if (stored.version > first.version) return { ...stored, pass: 2, after: null }
  const isOver = stored.after === null && stored.pass === 1
  if (isOver && first.begunMs >= stored.begunMs + secondPassMs) {
    return { ...stored, pass: 2, after: start }
  }
  return stored
}

function parseProgress(text: string): Progress {
  const progress: Progress = JSON.parse(text)
  return progress
}

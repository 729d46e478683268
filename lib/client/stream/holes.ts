import type { JournalRow } from "#lib/transcript/journal-row.ts"

/** What is asked for comes within this, or is asked for again. */
const askAgainMs = 300

/** Of the rows that came, those that follow on; a hole ends them. */
export function rowsThatFollow(
  rows: readonly JournalRow[],
  lastSeq: number,
): { rows: readonly JournalRow[]; hasHole: boolean } {
  let end = lastSeq
  const following: JournalRow[] = []
  for (const row of rows) {
    if (row.seq <= end) continue
    if (row.firstSeq > end + 1) return { rows: following, hasHole: true }
    following.push(row)
    end = row.seq
  }
  return { rows: following, hasHole: false }
}

/** Asks for what is missing, not for each row that shows that it is. */
export class Holes {
  readonly #askFor: (conversationId: string) => void
  /** Asked for just now, and whether the hole was met again since. */
  readonly #asked = new Map<string, boolean>()

  constructor(askFor: (conversationId: string) => void) {
    this.#askFor = askFor
  }

  meet(conversationId: string): void {
    const isAsked = this.#asked.has(conversationId)
    this.#asked.set(conversationId, isAsked)
    if (isAsked) return
    this.#askFor(conversationId)
    setTimeout(() => {
      const isStillThere = this.#asked.get(conversationId)
      this.#asked.delete(conversationId)
      if (isStillThere === true) this.meet(conversationId)
    }, askAgainMs)
  }
}

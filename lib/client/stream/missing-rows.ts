import type { JournalRow } from "#lib/transcript/journal-row.ts"

/** An unanswered request is repeated after this. */
const repeatMs = 300

/** The rows that follow on without a gap; the first gap ends them. */
export function rowsThatFollow(
  rows: readonly JournalRow[],
  lastSeq: number,
): { rows: readonly JournalRow[]; hasGap: boolean } {
  let end = lastSeq
  const following: JournalRow[] = []
  for (const row of rows) {
    if (row.seq <= end) continue
    if (row.firstSeq > end + 1) return { rows: following, hasGap: true }
    following.push(row)
    end = row.seq
  }
  return { rows: following, hasGap: false }
}

/** Requests missing rows once per gap, not once per row behind it. */
export class MissingRows {
  readonly #askFor: (conversationId: string) => void
  /** Requested just now, and whether the gap was seen again since. */
  readonly #asked = new Map<string, boolean>()

  constructor(askFor: (conversationId: string) => void) {
    this.#askFor = askFor
  }

  request(conversationId: string): void {
    const isAsked = this.#asked.has(conversationId)
    this.#asked.set(conversationId, isAsked)
    if (isAsked) return
    this.#askFor(conversationId)
    setTimeout(() => {
      const isStillMissing = this.#asked.get(conversationId)
      this.#asked.delete(conversationId)
      if (isStillMissing === true) this.request(conversationId)
    }, repeatMs)
  }
}

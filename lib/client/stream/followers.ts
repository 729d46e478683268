import type { Cursors } from "#lib/client/tabs/tab-channel.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"

import { MissingRows, rowsThatFollow } from "./missing-rows.ts"

/** One conversation that a tab shows. */
export interface Followed {
  /** The seq up to which the tab has it. */
  lastSeq(): number
  /** Rows that follow on. */
  onRows(rows: readonly JournalRow[]): void
  onStale(afterSeq: number): void
}

/** The conversations a tab shows, with the position of each view; one may have several views. */
export class Followers {
  readonly #all = new Map<string, Set<Followed>>()
  readonly #missing: MissingRows

  /** @param catchUp requests the rows after the tab's position */
  constructor(catchUp: (conversationId: string) => void) {
    this.#missing = new MissingRows(catchUp)
  }

  has(conversationId: string): boolean {
    return this.#all.has(conversationId)
  }

  ids(): string[] {
    return [...this.#all.keys()]
  }

  add(conversationId: string, followed: Followed): void {
    const all = this.#all.get(conversationId) ?? new Set()
    all.add(followed)
    this.#all.set(conversationId, all)
  }

  /** @returns whether it was there, and the last of its conversation */
  delete(conversationId: string, followed: Followed): boolean {
    const all = this.#all.get(conversationId)
    if (all?.delete(followed) !== true || all.size > 0) return false
    this.#all.delete(conversationId)
    return true
  }

  /** Each conversation with the earliest seq up to which a place has it. */
  cursors(): Cursors {
    return [...this.#all].map(([id, all]) => {
      return [id, Math.min(...[...all].map((followed) => followed.lastSeq()))] as const
    })
  }

  /** Gives each view its next rows, and requests missing ones. */
  takeRows(conversationId: string, came: readonly JournalRow[]): void {
    for (const followed of this.#all.get(conversationId) ?? []) {
      const { rows, hasGap } = rowsThatFollow(came, followed.lastSeq())
      if (rows.length > 0) followed.onRows(rows)
      if (hasGap) this.#missing.request(conversationId)
    }
  }

  takeStale(conversationId: string, afterSeq: number): void {
    for (const followed of this.#all.get(conversationId) ?? []) followed.onStale(afterSeq)
  }
}

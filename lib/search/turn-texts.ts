import type { StoredRow } from "#db/queries/journal.ts"
import type { SearchEntry } from "#db/queries/search.ts"

import { indexWords } from "./words.ts"

const bodyUnitsMax = 100_000

/** Gathers what was said in an ended turn from its journal rows, given in order. */
export class TurnTexts {
  readonly #turnId: string
  #entries: SearchEntry[] = []
  /** Text of an answer that has no `final`: kept until a later attempt drops it. */
  #said: { seq: number; text: string }[] = []
  #isWithdrawn = false

  constructor(turnId: string) {
    this.#turnId = turnId
  }

  add(row: StoredRow): void {
    if (row.turn_id !== this.#turnId) return
    switch (row.kind) {
      case "message":
      case "nudge":
        this.#push(row, "message", textOf(row))
        break
      case "text_delta":
        this.#said.push({ seq: row.seq, text: textOf(row) })
        break
      case "turn_started": {
        const { keep_seq: keepSeq }: { keep_seq: number } = JSON.parse(row.payload)
        this.#said = this.#said.filter(({ seq }) => seq <= keepSeq)
        break
      }
      case "final": {
        const { stop_reason: reason }: { stop_reason: string } = JSON.parse(row.payload)
        this.#isWithdrawn = reason === "withdrawn"
        this.#push(row, "answer", textOf(row))
        break
      }
      case "error":
        this.#push(row, "answer", this.#said.map(({ text }) => text).join(""))
        break
    }
  }

  /** A withdrawn message was never part of the conversation. */
  entries(): readonly SearchEntry[] {
    return this.#isWithdrawn ? [] : this.#entries
  }

  #push(row: StoredRow, kind: SearchEntry["kind"], text: string): void {
    const body = text.slice(0, bodyUnitsMax).toWellFormed().replaceAll("\0", "")
    const words = indexWords(body)
    if (words.length > 0)
      this.#entries.push({ seq: row.seq, kind, body, words, at: row.created_at })
  }
}

function textOf(row: StoredRow): string {
  const payload: { text: string } = JSON.parse(row.payload)
  return payload.text
}

import type { StoredRow } from "#db/queries/journal.ts"
import type { SearchEntry } from "#db/queries/search.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"
import {
  rowFromStored,
  textOf,
  type JournalRow,
  type Payload,
} from "#lib/transcript/journal-row.ts"
import { keptRows, keptText } from "#lib/transcript/kept-rows.ts"

import { indexWords } from "./words.ts"

const bodyUnitsMax = 100_000

type SaidRow = JournalRow & { createdAt: Date }

/** Collects the searchable texts of an ended turn from its journal rows, given in order. */
export class TurnTexts {
  readonly #turnId: string
  readonly #rows: SaidRow[] = []

  constructor(turnId: string) {
    this.#turnId = turnId
  }

  add(row: StoredRow): void {
    const isSaid = row.kind === "turn_started" || factsOf(row.kind).searchedAs !== null
    if (!isSaid || row.turnId !== this.#turnId) return
    this.#rows.push({ ...rowFromStored(row), createdAt: row.createdAt })
  }

  /** A withdrawn message was never part of the conversation. */
  entries(): readonly SearchEntry[] {
    return this.#rows.some(isWithdrawal)
      ? []
      : keptRows(this.#rows).flatMap((row) => this.#entriesOf(row))
  }

  #entriesOf(row: SaidRow): SearchEntry[] {
    const kind = factsOf(row.kind).searchedAs
    if (kind === null || kind === "part") return []
    const payload: Payload = row.payload
    const text = row.kind === "error" ? keptText(this.#rows) : textOf(payload, "text")
    const body = text.slice(0, bodyUnitsMax).toWellFormed().replaceAll("\0", "")
    const words = indexWords(body)
    return words.length === 0 ? [] : [{ seq: row.seq, kind, body, words, at: row.createdAt }]
  }
}

function isWithdrawal(row: JournalRow): boolean {
  return row.kind === "final" && row.payload.stop_reason === "withdrawn"
}

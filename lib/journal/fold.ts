import type { FoldedRun, StoredRow } from "#db/queries/journal.ts"

/**
 * Folds an ended turn, whose rows it is given in order: each run of deltas (consecutive seqs of one
 * attempt) becomes one row that covers `first_seq`..`seq` and knows the length of each delta, so
 * that any old cursor still resumes at the exact character.
 */
export class RunFolder {
  readonly #turnId: string
  readonly #runs: FoldedRun[] = []
  #open: StoredRow[] = []

  constructor(turnId: string) {
    this.#turnId = turnId
  }

  add(row: StoredRow): void {
    const isDelta = row.kind === "text_delta" && row.turnId === this.#turnId
    if (!isDelta || this.#open.at(-1)?.attempt !== row.attempt) this.#close()
    if (isDelta) this.#open.push(row)
  }

  /** Runs that are one row already stay as they are. */
  runs(): readonly FoldedRun[] {
    this.#close()
    return this.#runs
  }

  #close(): void {
    if (this.#open.length > 1) this.#runs.push(foldRun(this.#turnId, this.#open))
    this.#open = []
  }
}

function foldRun(turnId: string, rows: readonly StoredRow[]): FoldedRun {
  const texts = rows.map(textOf)
  return {
    firstSeq: rows[0]?.firstSeq ?? 0,
    lastSeq: rows.at(-1)?.seq ?? 0,
    json: JSON.stringify({ turn_id: turnId, text: texts.join("") }),
    lengths: rows.flatMap((row, index) => row.lengths ?? [texts[index]?.length ?? 0]),
  }
}

function textOf(row: StoredRow): string {
  const payload: { text: string } = JSON.parse(row.payload)
  return payload.text
}

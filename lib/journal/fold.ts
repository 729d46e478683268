import type { Database } from "#db/client.ts"
import { listRows, replaceRuns, type FoldedRun, type StoredRow } from "#db/queries/journal.ts"

const rowsPerRead = 2_000

/**
 * Folds an ended turn: each run of deltas (consecutive seqs of one attempt) becomes one row that
 * covers `first_seq`..`seq` and knows the length of each delta, so that any old cursor still
 * resumes at the exact character.
 * @param turn `firstSeq` is the seq of its message, `lastSeq` of its `done`
 */
export async function foldTurn(
  db: Database,
  turn: { conversationId: string; turnId: string; firstSeq: number; lastSeq: number },
): Promise<void> {
  const runs: FoldedRun[] = []
  let open: StoredRow[] = []
  const close = () => {
    if (open.length > 1) runs.push(foldRun(turn.turnId, open))
    open = []
  }
  for (let sinceSeq = turn.firstSeq; sinceSeq < turn.lastSeq;) {
    const rows = await listRows(db, {
      conversationId: turn.conversationId,
      sinceSeq,
      beforeSeq: turn.lastSeq + 1,
      rowsMax: rowsPerRead,
    })
    for (const row of rows) {
      const isDelta = row.kind === "text_delta" && row.turn_id === turn.turnId
      if (!isDelta || open.at(-1)?.attempt !== row.attempt) close()
      if (isDelta) open.push(row)
      sinceSeq = row.seq
    }
    if (rows.length === 0) break
  }
  close()
  await replaceRuns(db, turn, runs)
}

function foldRun(turnId: string, rows: readonly StoredRow[]): FoldedRun {
  const texts = rows.map(textOf)
  return {
    firstSeq: rows[0]?.first_seq ?? 0,
    lastSeq: rows.at(-1)?.seq ?? 0,
    json: JSON.stringify({ turn_id: turnId, text: texts.join("") }),
    lengths: rows.flatMap((row, index) => row.lengths ?? [texts[index]?.length ?? 0]),
  }
}

function textOf(row: StoredRow): string {
  const payload: { text: string } = JSON.parse(row.payload)
  return payload.text
}

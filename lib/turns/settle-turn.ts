import type { Database } from "#db/client.ts"
import { listRows, settleRows, type StoredRow } from "#db/queries/journal.ts"
import type { UnfoldedTurn } from "#db/queries/turns.ts"
import { RunFolder } from "#lib/journal/fold.ts"
import { TurnTexts } from "#lib/search/turn-texts.ts"

const rowsPerRead = 2_000

/**
 * What an ended turn still needs, from one reading of its rows: its runs of deltas are folded, its
 * texts become searchable.
 */
export async function settleTurn(db: Database, turn: UnfoldedTurn): Promise<void> {
  const folder = new RunFolder(turn.turnId)
  const texts = new TurnTexts(turn.turnId)
  for await (const row of rowsOf(db, turn)) {
    folder.add(row)
    texts.add(row)
  }
  await settleRows(db, turn, { runs: folder.runs(), entries: texts.entries() })
}

async function* rowsOf(db: Database, turn: UnfoldedTurn): AsyncGenerator<StoredRow> {
  for (let sinceSeq = turn.firstSeq - 1; sinceSeq < turn.lastSeq;) {
    const rows = await listRows(db, {
      tenantId: turn.tenantId,
      conversationId: turn.conversationId,
      sinceSeq,
      beforeSeq: turn.lastSeq + 1,
      rowsMax: rowsPerRead,
    })
    yield* rows
    const last = rows.at(-1)
    if (last === undefined) return
    sinceSeq = last.seq
  }
}

import type { Database } from "#db/client.ts"
import { listRows, settleRows, type StoredRow } from "#db/queries/journal.ts"
import type { UnfoldedTurn } from "#db/queries/turns.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import { RunFolder } from "#lib/journal/fold.ts"
import type { Log } from "#lib/log.ts"
import { TurnTexts } from "#lib/search/turn-texts.ts"

const rowsPerRead = 2_000

/**
 * Finishes the upkeep of an ended turn: folds its runs of deltas and indexes its texts. If its
 * texts or rows cannot be processed, the turn is settled without indexing, then without folding, so
 * it never blocks other turns.
 * @throws an outage
 */
export async function settleTurn(db: Database, turn: UnfoldedTurn, log: Log): Promise<void> {
  const ways = [
    () => settleWhole(db, turn, { isSearchable: true }),
    () => settleWhole(db, turn, { isSearchable: false }),
    () => settleRows(db, turn, { runs: [], entries: [] }),
  ]
  for (const settle of ways) {
    try {
      return await settle()
    } catch (error) {
      if (isOutage(error)) throw error
      log.error({ err: error, turn: turn.turnId }, "an ended turn could not be settled whole")
    }
  }
}

/** From one reading of its rows. */
async function settleWhole(
  db: Database,
  turn: UnfoldedTurn,
  { isSearchable }: { isSearchable: boolean },
): Promise<void> {
  const folder = new RunFolder(turn.turnId)
  const texts = new TurnTexts(turn.turnId)
  for await (const row of rowsOf(db, turn)) {
    folder.add(row)
    texts.add(row)
  }
  await settleRows(db, turn, {
    runs: folder.runs(),
    entries: isSearchable ? texts.entries() : [],
  })
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

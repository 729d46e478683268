import type { Database } from "#db/client.ts"
import { findAdminTurn } from "#db/queries/admin-turns.ts"
import { readRows } from "#lib/journal/read-events.ts"
import type { AdminTurn } from "#lib/protocol/admin.ts"
import { rowFromStored, type JournalRow } from "#lib/transcript/journal-row.ts"
import { buildTimeline, type Timeline } from "#lib/transcript/timeline.ts"

const rowsPerRead = 1_000
/**
 * A turn has at most a few thousand events, apart from deltas, which are merged into one entry per run.
 */
const readsMax = 60
const linesMax = 10_000

interface InspectedTurn {
  turn: AdminTurn
  timeline: Timeline
  /** The timeline is truncated. */
  isCut: boolean
}

/**
 * A turn with its timeline. The caller has already checked access to the conversation and recorded the
 * read.
 */
export async function inspectTurn(
  db: Database,
  wanted: { tenantId: string; conversationId: string; turnId: string },
): Promise<InspectedTurn | null> {
  const turn = await findAdminTurn(db, wanted)
  if (turn === null) return null
  const rows: JournalRow[] = []
  let sinceSeq = turn.messageSeq - 1
  let isOver = false
  for (let reads = 0; reads < readsMax && !isOver && rows.length < linesMax; reads++) {
    const page = await readRows(db, {
      tenantId: wanted.tenantId,
      conversationId: wanted.conversationId,
      turnId: turn.id,
      sinceSeq,
      rowsMax: rowsPerRead,
    })
    rows.push(...page.map(rowFromStored))
    sinceSeq = page.at(-1)?.seq ?? sinceSeq
    isOver = page.length === 0 || page.some((row) => row.kind === "done")
  }
  return { turn, timeline: buildTimeline(rows), isCut: !isOver && turn.status === "ended" }
}

import { api, isApiError } from "#lib/client/api/api.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"

import type { ConversationSession } from "./conversation-session.ts"

/**
 * After a long absence the newest are enough: older turns show no times until they are reloaded.
 */
const turnsMax = 20

/**
 * Reads event times from the journal, because a resumed stream does not carry them.
 * @param readTurn reads the current journal rows of a turn
 */
export async function readTimes(
  conversationId: string,
  session: Pick<ConversationSession, "getState" | "changeTurn">,
  readTurn: typeof api.listTurn = api.listTurn,
): Promise<void> {
  const { turns } = session.getState().conversation
  const untimed = turns.filter((turn) => turn.rows.some((row) => row.atMs === null))
  try {
    for (const { id } of untimed.slice(-turnsMax)) {
      const known = await readTurn(conversationId, id)
      session.changeTurn(id, (rows) => withTimes(rows, known))
    }
  } catch (error) {
    // Nothing is wrong without them.
    if (!isApiError(error)) throw error
  }
}

/** @param known in order of `seq`; may be folded, and end before or after `rows` */
export function withTimes(
  rows: readonly JournalRow[],
  known: readonly JournalRow[],
): readonly JournalRow[] {
  let at = 0
  return rows.map((row) => {
    while (at < known.length && (known[at]?.seq ?? 0) < row.seq) at += 1
    const own = known[at]
    const isOwn = own !== undefined && own.firstSeq <= row.seq
    return row.atMs === null && isOwn ? { ...row, atMs: own.atMs } : row
  })
}

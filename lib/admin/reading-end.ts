import type { Database } from "#db/client.ts"
import { findMessageAfter } from "#db/queries/admin-turns.ts"

/** Number of turns shown after the requested one. */
const turnsAfter = 6

/** The last seq to show when a reader opens a conversation at a given turn. */
export async function findReadingEnd(
  db: Database,
  place: { tenantId: string; conversationId: string; seq: number },
): Promise<number> {
  return ((await findMessageAfter(db, place, turnsAfter)) ?? Infinity) - 1
}

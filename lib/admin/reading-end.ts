import type { Database } from "#db/client.ts"
import { findMessageAfter } from "#db/queries/admin-turns.ts"

/** So many turns are read after the one somebody came for. */
const turnsAfter = 6

/** Up to which seq a conversation is read when somebody comes for one place of it. */
export async function findReadingEnd(
  db: Database,
  place: { tenantId: string; conversationId: string; seq: number },
): Promise<number> {
  return ((await findMessageAfter(db, place, turnsAfter)) ?? Infinity) - 1
}

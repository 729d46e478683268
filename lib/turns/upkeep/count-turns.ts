import type { Database } from "#db/client.ts"
import { countEndedTurns, listUncountedTurns, skipCount } from "#db/queries/usage.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import type { Log } from "#lib/log.ts"

const turnsPerRound = 100

/**
 * Adds ended turns to the usage of their days. When PostgreSQL refuses a batch, they are counted one
 * by one, and one that it refuses alone is left out: it keeps no other turn from being counted.
 * @throws an outage
 */
export async function countTurns(db: Database, log: Log): Promise<void> {
  try {
    await countEndedTurns(db)
    return
  } catch (error) {
    if (isOutage(error)) throw error
    log.error({ err: error }, "ended turns could not be counted together")
  }
  for (const turnId of await listUncountedTurns(db, turnsPerRound)) {
    try {
      await countEndedTurns(db, 1, turnId)
    } catch (error) {
      if (isOutage(error)) throw error
      log.error(
        { err: error, turn: turnId },
        "an ended turn is in no usage: it could not be counted",
      )
      await skipCount(db, turnId)
    }
  }
}

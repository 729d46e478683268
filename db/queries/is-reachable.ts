import type { Database } from "../client.ts"

/** Whether PostgreSQL answers at all just now, within the limits of the pool. */
export async function isReachable(db: Database): Promise<boolean> {
  try {
    await db.$client`select 1`
    return true
  } catch {
    // Why not is in the log already: the caller asks because something else has failed.
    return false
  }
}

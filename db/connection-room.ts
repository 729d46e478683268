import type { Database } from "./client.ts"

/** What a process opens when there is room: ordinary queries, submits, the journal, the driver's lock. */
const connectionsUsual = 18
const connectionsMin = 4

/**
 * How many connections this process may have, by the limits of the role, the database and the server:
 * one is left for a script. What other processes have is not counted.
 * @throws Error when there are too few to work with
 */
export async function findConnectionRoom(db: Database): Promise<number> {
  const [row] = await db.$client<{ limit: number }[]>`
    select least(
      current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int,
      case when not rolsuper and rolconnlimit >= 0 then rolconnlimit end,
      case when not rolsuper and datconnlimit >= 0 then datconnlimit end
    ) as limit
    from pg_roles, pg_database
    where rolname = session_user and datname = current_database()`
  const limit = row?.limit ?? connectionsUsual
  if (limit < connectionsMin) {
    throw new Error(
      `The role in DATABASE_URL may have ${limit} connections; a process needs ${connectionsMin}, better ${connectionsUsual + 1}.`,
    )
  }
  return Math.min(Math.max(limit - 1, connectionsMin), connectionsUsual)
}

/** The largest pools that fit: the journal and the driver need one connection each. */
export function poolSizes(connectionsMax = connectionsUsual): {
  ordinary: number
  submits: number
} {
  const shared = Math.max(connectionsMax - 2, 2)
  return { ordinary: Math.ceil(shared / 2), submits: Math.floor(shared / 2) }
}

/** @throws when the pool gets no connection, or no answer */
export async function ask(db: Database): Promise<void> {
  await db.$client`select 1`
}

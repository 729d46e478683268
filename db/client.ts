import postgres from "postgres"

import { readDatabaseAddress } from "#lib/settings/database-address.ts"

import { arrayTypes } from "./array-types.ts"
import { driverOptions } from "./driver-options.ts"
import { sessionSettings } from "./session-settings.ts"
import { valueTypes } from "./value-types.ts"

/** A pool. Ordinary statements go through drizzle's query builder (`query.ts`), others are SQL. */
export interface Database {
  readonly $client: postgres.Sql
}
export type { Sql } from "postgres"

const reconnectSecondsMax = 0.5

interface DatabaseOptions {
  /** As `DATABASE_URL` has it. */
  url: string
  /** Connections at most. */
  connectionsMax: number
  /** Shown in pg_stat_activity. */
  name: string
  /** Milliseconds after which the server gives a statement up. */
  statementTimeoutMs?: number
  /** Keep the connection however idle it is: it holds a session lock. */
  isLongLived?: boolean
  /** A connection was lost or closed. */
  onClose?: () => void
  /**
   * Plan statements once instead of per set of parameters. All of them find rows by an index then: a
   * plan made when a table was empty must still do when it is full.
   */
  genericPlans?: boolean
}

/**
 * Opens a pool. Every wait in it ends: connecting (2 s), a lock (2 s), a statement (5 s), an idle
 * transaction (10 s). int8 columns come as numbers: all of ours stay below 2^53.
 * @throws Error that names DATABASE_URL when the address cannot be read
 */
export function openDatabase(options: DatabaseOptions): Database {
  const address = readDatabaseAddress(options.url)
  if ("fault" in address) throw new Error(`DATABASE_URL ${address.fault}.`)
  const { startup, ...place } = driverOptions(address.value)
  const client = postgres({
    ...place,
    max: options.connectionsMax,
    connect_timeout: 2,
    ...(options.isLongLived ? { max_lifetime: null } : { idle_timeout: 60 }),
    keep_alive: 10,
    // By default up to 20 s: nobody would be answered for so long after an outage.
    backoff: (failures) => Math.min(0.02 * 2 ** failures, reconnectSecondsMax),
    fetch_types: false,
    onnotice: () => {},
    ...(options.onClose === undefined ? {} : { onclose: options.onClose }),
    types: { ...valueTypes, ...arrayTypes },
    // The one place that does: `turn_id` of a result is `turnId` of its rows.
    transform: { column: { from: postgres.toCamel } },
    connection: startupMessage(options, startup),
  })
  return { $client: client }
}

/** What a connection asks for in its first message, as text: the driver leaves out `false` and 0. */
function startupMessage(
  options: DatabaseOptions,
  given: Readonly<Record<string, string>>,
): Partial<postgres.ConnectionParameters> {
  const settings: Record<string, string> = {
    ...given,
    ...sessionSettings,
    application_name: options.name,
    statement_timeout: String(options.statementTimeoutMs ?? 5_000),
    ...(options.genericPlans
      ? { plan_cache_mode: "force_generic_plan", enable_seqscan: "off" }
      : {}),
  }
  // The driver's types want some of them as booleans.
  return settings as Partial<postgres.ConnectionParameters>
}

/** Ends the pool; queries under way get up to `timeoutSeconds`. */
export async function closeDatabase(db: Database, timeoutSeconds = 5): Promise<void> {
  await db.$client.end({ timeout: timeoutSeconds })
}

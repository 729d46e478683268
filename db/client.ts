import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js"
import postgres from "postgres"

import { arrayTypes } from "./array-types.ts"

/** Ordinary queries go through drizzle; the hot statements of turns and journal use `$client`. */
export type Database = PostgresJsDatabase & { $client: postgres.Sql }
export type { Sql } from "postgres"

const reconnectSecondsMax = 0.5

interface DatabaseOptions {
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
 */
export function openDatabase(options: DatabaseOptions): Database {
  const client = postgres(options.url, {
    max: options.connectionsMax,
    connect_timeout: 2,
    ...(options.isLongLived ? { max_lifetime: null } : { idle_timeout: 60 }),
    keep_alive: 10,
    // By default up to 20 s: nobody would be answered for so long after an outage.
    backoff: (failures) => Math.min(0.02 * 2 ** failures, reconnectSecondsMax),
    fetch_types: false,
    onnotice: () => {},
    ...(options.onClose === undefined ? {} : { onclose: options.onClose }),
    types: {
      ...arrayTypes,
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
    },
    connection: {
      application_name: options.name,
      statement_timeout: options.statementTimeoutMs ?? 5_000,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 10_000,
      jit: "off",
      ...(options.genericPlans
        ? { plan_cache_mode: "force_generic_plan", enable_seqscan: "off" }
        : {}),
    },
  })
  return drizzle(client)
}

/** Ends the pool; queries under way get up to `timeoutSeconds`. */
export async function closeDatabase(db: Database, timeoutSeconds = 5): Promise<void> {
  await db.$client.end({ timeout: timeoutSeconds })
}

import type { TransactionSql } from "postgres"

import type { Sql } from "./client.ts"

/** Unix milliseconds as what our time columns hold. */
export function momentOf(sql: Sql | TransactionSql, unixMs: number) {
  return sql`to_timestamp(${unixMs}::float8 / 1000)::timestamptz(3)`
}

import type { TransactionSql } from "postgres"

import type { Database, Sql } from "./client.ts"
import { drizzle, type PostgresJsDatabase } from "./drizzle.ts"

/** Also a statement without values. */
const prepared = { prepare: true, simple: false }

/**
 * The query builder over a pool or a transaction. Each statement is prepared once for each connection,
 * as the templates of SQL are.
 */
export function query(on: Database | Sql | TransactionSql): PostgresJsDatabase {
  return drizzle(withOwnTypes("$client" in on ? on.$client : on))
}

/**
 * Over a client drizzle replaces how values are written and read, for every statement of the pool. It
 * gets settings of its own to do that in: ours stay as they are.
 */
function withOwnTypes(sql: Sql | TransactionSql): Sql {
  const client = {
    options: { parsers: {}, serializers: {} },
    unsafe: (text: string, values: Parameters<Sql["unsafe"]>[1]) =>
      sql.unsafe(text, values, prepared),
  }
  // All that drizzle uses of one: `PostgresJsSession` of drizzle-orm/postgres-js.
  return client as unknown as Sql
}

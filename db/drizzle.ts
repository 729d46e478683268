/**
 * All of drizzle that is loaded at a start. Its CommonJS files, named by path: its manifest lists 447
 * entries, and for each ES module of a package Node parses the whole manifest anew (300 ms of
 * processor time, of the 350 that a start takes otherwise). CommonJS files do not ask for it.
 */
export {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  inArray,
  is,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  or,
  sql,
  type SQL,
} from "../node_modules/drizzle-orm/index.cjs"
export { readMigrationFiles } from "../node_modules/drizzle-orm/migrator.cjs"
export {
  alias,
  bigint,
  boolean,
  check,
  customType,
  date,
  doublePrecision,
  getTableConfig,
  index,
  integer,
  pgSequence,
  type PgColumn,
  pgTable,
  PgTable,
  primaryKey,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "../node_modules/drizzle-orm/pg-core/index.cjs"
export { drizzle, type PostgresJsDatabase } from "../node_modules/drizzle-orm/postgres-js/index.cjs"

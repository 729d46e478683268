import { readFile } from "node:fs/promises"
import path from "node:path"

import { checkServer } from "./check-server.ts"
import { closeDatabase, openDatabase, type Database, type Sql } from "./client.ts"
import { withDatabaseWords } from "./database-fault.ts"
import { readMigrationFiles } from "./drizzle.ts"

const migrationsFolder = path.join(process.cwd(), "drizzle")

/** Session lock under which one process migrates and the others wait: "studio" in a bigint. */
const migrationLock = 0x5354_5544

const connectLimitMs = 5_000

/**
 * Applies what is missing of `drizzle/`, once, however many processes start together.
 * @param url of the database; the migration has its own connection, so that it can be slow
 * @throws Error that says in a sentence what is wrong with the database, its address or its rights
 */
export async function migrateDatabase(url: string): Promise<void> {
  await withDatabaseWords(url, async () => {
    const db = openDatabase({
      url,
      connectionsMax: 1,
      name: "studio-migrate",
      statementTimeoutMs: 600_000,
    })
    try {
      const sql = db.$client
      await connect(sql)
      await sql`select set_config('lock_timeout', '60000', false), pg_advisory_lock(${migrationLock})`
      checkServer(sql)
      await applyMissing(sql)
    } finally {
      await closeDatabase(db, 1)
    }
  })
}

/** What takes connections and hangs up is tried again without end by the driver. */
async function connect(sql: Sql): Promise<void> {
  const late = Promise.withResolvers<never>()
  const error = Object.assign(new Error("no answer"), { code: "CONNECTION_CLOSED" })
  const timer = setTimeout(() => late.reject(error), connectLimitMs)
  try {
    await Promise.race([sql`select 1`, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function applyMissing(sql: Sql): Promise<void> {
  const table = await findTable(sql)
  const applied = table === null ? 0 : await findNewest(sql, table)
  const missing = readMigrationFiles({ migrationsFolder }).filter(
    ({ folderMillis }) => folderMillis > applied,
  )
  if (missing.length === 0) return
  await sql.begin(async (transaction) => {
    // An administrator may have put extensions into schemas of their own.
    await transaction`
      select set_config('search_path', concat('public', string_agg(', ' || quote_ident(nspname), '')), true)
      from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
      where extname in ('btree_gin', 'pg_trgm') and nspname <> 'public'`
    if (table === null) {
      await transaction`
        create table public.__drizzle_migrations
          (id serial primary key, hash text not null, created_at bigint)`
    }
    const name = transaction(table ?? "public.__drizzle_migrations")
    for (const { sql: statements, hash, folderMillis } of missing) {
      for (const statement of statements) await transaction.unsafe(statement)
      await transaction`insert into ${name} (hash, created_at) values (${hash}, ${folderMillis})`
    }
  })
}

/** Whether the newest migration of this build has been applied. */
export async function isMigrated(db: Database): Promise<boolean> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(path.join(migrationsFolder, "meta/_journal.json"), "utf8"),
  )
  const newest = Math.max(...journal.entries.map((entry) => entry.when))
  const table = await findTable(db.$client)
  return table !== null && (await findNewest(db.$client, table)) >= newest
}

/**
 * The table of what was applied, or null in an empty database. A schema of its own, as drizzle makes it
 * and older installations have it, takes a right that a role need not have.
 */
async function findTable(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ schema: string }[]>`
    select nspname as schema
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relname = '__drizzle_migrations' and nspname in ('drizzle', 'public')
    order by nspname
    limit 1`
  return row === undefined ? null : `${row.schema}.__drizzle_migrations`
}

async function findNewest(sql: Sql, table: string): Promise<number> {
  const [row] = await sql<{ newest: number | null }[]>`
    select max(created_at) as newest from ${sql(table)}`
  return row?.newest ?? 0
}

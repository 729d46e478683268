import { readFile } from "node:fs/promises"
import path from "node:path"

import { migrate } from "drizzle-orm/postgres-js/migrator"

import { closeDatabase, openDatabase, type Database } from "./client.ts"

const migrationsFolder = path.join(process.cwd(), "drizzle")

/** Session lock under which one process migrates and the others wait: "studio" in a bigint. */
const migrationLock = 0x5354_5544

/**
 * Applies what is missing of `drizzle/`, once, however many processes start together.
 * @param url of the database; the migration has its own connection, so that it can be slow
 */
export async function migrateDatabase(url: string): Promise<void> {
  const db = openDatabase({
    url,
    connectionsMax: 1,
    name: "studio-migrate",
    statementTimeoutMs: 600_000,
  })
  try {
    await db.$client`select set_config('lock_timeout', '60000', false), pg_advisory_lock(${migrationLock})`
    await migrate(db, { migrationsFolder })
  } finally {
    await closeDatabase(db)
  }
}

/** Whether the newest migration of this build has been applied. */
export async function isMigrated(db: Database): Promise<boolean> {
  const journal: { entries: { when: number }[] } = JSON.parse(
    await readFile(path.join(migrationsFolder, "meta/_journal.json"), "utf8"),
  )
  const newest = Math.max(...journal.entries.map((entry) => entry.when))
  const [row] = await db.$client<{ applied: boolean }[]>`
    select exists (select 1 from drizzle.__drizzle_migrations where created_at >= ${newest}) as applied`
  return row?.applied ?? false
}

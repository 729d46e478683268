import { randomBytes } from "node:crypto"

import postgres from "postgres"
import { inject } from "vitest"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { migrateDatabase } from "#db/migrate.ts"

export interface TestDatabase {
  url: string
  db: Database
  /** Closes `db` and drops the database, despite open connections. */
  drop(): Promise<void>
}

/**
 * Database settings that would change stored or returned values unless a session overrides them.
 */
const oddSettings: Readonly<Record<string, string>> = {
  search_path: "nowhere",
  bytea_output: "escape",
  datestyle: "SQL, DMY",
  intervalstyle: "sql_standard",
  timezone: "Asia/Kathmandu",
  extra_float_digits: "-15",
  standard_conforming_strings: "off",
  array_nulls: "off",
  transform_null_equals: "on",
  gin_fuzzy_search_limit: "1",
  client_encoding: "LATIN1",
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  default_transaction_deferrable: "on",
  default_text_search_config: "pg_catalog.german",
  statement_timeout: "1",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "1",
  idle_session_timeout: "1",
  exit_on_error: "on",
}

/**
 * A database of its own: a clone of the migrated template.
 * @param options `isPlain` = without the odd settings, for connections other than `openDatabase`'s;
 * `locale` = options of `create database`, for a database that is not a clone
 */
export async function createTestDatabase(
  options: { isPlain?: boolean; locale?: string | undefined } = {},
): Promise<TestDatabase> {
  const serverUrl = inject("databaseUrl")
  const name = `studio_test_${process.pid}_${randomBytes(6).toString("hex")}`
  const { locale } = options
  const source =
    locale === undefined
      ? `template ${inject("templateName")}`
      : `template template0 encoding 'UTF8' ${locale}`
  await onServer(serverUrl, `create database ${name} ${source}`)
  if (!options.isPlain) await onServer(serverUrl, alterations(name).join(";"))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  if (locale !== undefined) await migrateDatabase(url.href)
  const db = openDatabase({ url: url.href, connectionsMax: 8, name: "studio-test" })
  return {
    url: url.href,
    db,
    async drop() {
      await closeDatabase(db)
      await onServer(serverUrl, `drop database if exists ${name} with (force)`)
    },
  }
}

export function alterations(database: string): string[] {
  return Object.entries(oddSettings).map(
    ([setting, value]) => `alter database ${database} set ${setting} to '${value}'`,
  )
}

const busyTemplate = "55006"

/** Workers clone concurrently, and the template is busy while another one is connected to it. */
async function onServer(url: string, statement: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    for (let tries = 0; ; tries++) {
      try {
        await client.unsafe(statement)
        return
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : undefined
        if (code !== busyTemplate || tries === 50) throw error
      }
    }
  } finally {
    await client.end()
  }
}

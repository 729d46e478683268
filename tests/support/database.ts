import { randomBytes } from "node:crypto"

import postgres from "postgres"
import { inject } from "vitest"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"

export interface TestDatabase {
  url: string
  db: Database
  /** Closes `db` and drops the database, whoever is still connected. */
  drop(): Promise<void>
}

/** A database of its own: a clone of the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject("databaseUrl")
  const name = `studio_test_${process.pid}_${randomBytes(6).toString("hex")}`
  await onServer(serverUrl, `create database ${name} template ${inject("templateName")}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
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

const busyTemplate = "55006"

/** Several workers clone at once: the template is busy for as long as another one connects to it. */
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

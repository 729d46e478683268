import { expect, test } from "vitest"

import { isMigrated, migrateDatabase } from "#db/migrate.ts"
import { createTestDatabase } from "#tests/support/database.ts"

test("a cloned database has every migration, and migrating it again changes nothing", async () => {
  const database = await createTestDatabase()
  try {
    expect(await isMigrated(database.db)).toBe(true)
    await Promise.all([migrateDatabase(database.url), migrateDatabase(database.url)])
    expect(await isMigrated(database.db)).toBe(true)
  } finally {
    await database.drop()
  }
})

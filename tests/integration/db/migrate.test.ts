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

test("the run uses the intended PostgreSQL version", async () => {
  const database = await createTestDatabase()
  try {
    const [row] = await database.db.$client<{ major: number }[]>`
      select current_setting('server_version_num')::int / 10000 as major`
    const { TEST_POSTGRES, TEST_DATABASE_URL } = process.env
    const own = TEST_POSTGRES === "oldest" ? [15] : [18]
    expect(TEST_DATABASE_URL === undefined ? own : [15, 16, 17, 18, 19]).toContain(row?.major)
  } finally {
    await database.drop()
  }
})

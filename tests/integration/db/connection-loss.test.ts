import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"

import { createTestDatabase, type TestDatabase } from "../../support/database.ts"
import { startTcpProxy } from "../../support/tcp-proxy.ts"

let database: TestDatabase
let db: Database

beforeAll(async () => {
  database = await createTestDatabase()
  db = openDatabase({ url: database.url, connectionsMax: 2, name: "cut-me" })
})

afterAll(async () => {
  await closeDatabase(db)
  await database.drop()
})

async function cut() {
  await database.db.$client`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'cut-me'`
}

// An uncaught exception or an unhandled rejection fails the run.
describe("a connection that dies", () => {
  test("in a transaction rejects it, and the pool recovers", async () => {
    const transaction = db.$client.begin(async (sql) => {
      await sql`select 1`
      await cut()
      await sql`select 2`
    })
    await expect(transaction).rejects.toThrow(/terminat|CONNECTION/)
    expect([...(await db.$client`select 3 as three`)]).toEqual([{ three: 3 }])
  })

  test("ends its transaction: later statements of it reach no other connection", async () => {
    const single = openDatabase({ url: database.url, connectionsMax: 1, name: "cut-me" })
    const late = Promise.withResolvers<unknown>()
    const transaction = single.$client.begin(async (sql) => {
      await sql`select 1`
      await cut()
      const lost = await sql`select 2`.catch((error: unknown) => error)
      // Occupies the next and only connection.
      await single.$client`select set_config('test.owner', 'somebody else', false)`
      late.resolve(await sql`select set_config('test.owner', 'the lost one', false)`.catch(String))
      throw lost
    })
    try {
      await expect(transaction).rejects.toThrow(/terminat|CONNECTION/)
      expect(await late.promise).toMatch(/CONNECTION_CLOSED/)
      const [row] = await single.$client`select current_setting('test.owner') as owner`
      expect(row).toEqual({ owner: "somebody else" })
    } finally {
      await closeDatabase(single)
    }
  })

  test("at any moment under load leaves no query unsettled", async () => {
    let isOver = false
    const outcomes = { answered: 0, rejected: 0 }
    const count = async (work: Promise<unknown>) => {
      try {
        await work
        outcomes.answered += 1
      } catch {
        // Any error of a broken connection is acceptable here.
        outcomes.rejected += 1
      }
    }
    const worker = async () => {
      while (!isOver) {
        await count(db.$client`select ${[1, 2]}::int[] as numbers`)
        await count(db.$client.begin((sql) => sql`select 1`))
      }
    }
    const workers = Promise.all(Array.from({ length: 6 }, worker))
    for (let round = 0; round < 40; round += 1) {
      await cut()
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
    }
    isOver = true
    await workers
    expect(outcomes.answered).toBeGreaterThan(0)
    expect(outcomes.rejected).toBeGreaterThan(0)
  })

  test("arrays round-trip", async () => {
    const texts = ['a "b" \\', "", "NULL", "{x,y}"]
    const [row] = await db.$client`
      select ${texts}::text[] as texts, ${[3, -1]}::int[] as numbers, ${[]}::uuid[] as none,
        array[null, 'x']::text[] as holes`
    expect(row).toEqual({ texts, numbers: [3, -1], none: [], holes: [null, "x"] })
  })
})

describe("a statement that ends between its rows", () => {
  /** With a single connection the next statement reuses that of the failed one. */
  async function expectWholeAfter(url: string, fail: (single: Database) => Promise<unknown>) {
    const single = openDatabase({
      url,
      connectionsMax: 1,
      name: "rows",
      statementTimeoutMs: 300,
    })
    try {
      await expect(fail(single)).rejects.toThrow(/division|timeout|CONNECTION/)
      expect([...(await single.$client`select 7 as x`)]).toEqual([{ x: 7 }])
      expect(await single.$client`select 8 as x`.values()).toEqual([[8]])
      await expect(
        single.$client.unsafe("select 1/(2-i) from generate_series(1,5) i").simple(),
      ).rejects.toThrow("division")
      // Statements of a transaction, and several in one text, have separate results.
      const both = await single.$client.begin((sql) => [sql`select 9 as x`, sql`select 10 as x`])
      expect(both.map((rows) => [...rows])).toEqual([[{ x: 9 }], [{ x: 10 }]])
      expect(await single.$client.unsafe("select 11 as x; select 12 as x").simple()).toMatchObject([
        [{ x: 11 }],
        [{ x: 12 }],
      ])
    } finally {
      await closeDatabase(single)
    }
  }

  test("due to an error leaves the next result complete", async () => {
    await expectWholeAfter(
      database.url,
      (single) => single.$client`select 1/(3-i) from generate_series(1,5) i`,
    )
  })

  test("due to a timeout leaves the next result complete", async () => {
    await expectWholeAfter(
      database.url,
      // Long rows, so that some are sent before the timeout.
      (single) =>
        single.$client`select repeat('x', 9000), pg_sleep(0.02) from generate_series(1, 100)`,
    )
  })

  test("due to a stopped transaction leaves the next result complete", async () => {
    await expectWholeAfter(database.url, (single) =>
      single.$client.begin(async (sql) => await sql`select 1/(3-i) from generate_series(1,5) i`),
    )
  })

  test("due to a lost connection leaves the next result complete", async () => {
    const proxy = await startTcpProxy(database.url)
    try {
      await expectWholeAfter(proxy.url, async (single) => {
        await single.$client`select 1`
        proxy.tearNextAnswer(4_000)
        return await single.$client`select repeat('x', 100) from generate_series(1, 200)`
      })
    } finally {
      await proxy.close()
    }
  })
})

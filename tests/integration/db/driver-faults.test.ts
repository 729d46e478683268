import { once } from "node:events"
import { connect, type Socket } from "node:net"

import postgres, { type Sql } from "postgres"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { createTestDatabase, type TestDatabase } from "../../support/database.ts"

// A minimal reproduction of each driver fault that a patch fixes; docs/upstream/ has the reports.
// An uncaught exception or an unhandled rejection fails the run.

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase({ isPlain: true })
})
afterAll(() => database.drop())

/** A driver with one connection, whose socket the test breaks on demand. */
async function withOneConnection(
  work: (sql: Sql, socket: () => Socket) => Promise<void>,
): Promise<void> {
  let socket: Socket | undefined
  const { hostname, port } = new URL(database.url)
  const options = {
    max: 1,
    fetch_types: false,
    connect_timeout: 5,
    backoff: () => 0.01,
    // The driver supports the option, its types do not.
    async socket() {
      socket = connect({ host: hostname, port: Number(port) })
      await once(socket, "connect")
      return socket
    },
  }
  const sql = postgres(database.url, options)
  try {
    await sql`select 1`
    await work(sql, () => {
      if (socket === undefined) throw new Error("no socket yet")
      return socket
    })
  } finally {
    await sql.end({ timeout: 0 })
  }
}

/** The rows of a query, or a sentence when none arrive. */
async function answerOf(query: PromiseLike<Iterable<unknown>>): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve("no answer within 3 s"), 3_000)
  try {
    const rows = await Promise.race([query, promise])
    return typeof rows === "string" ? rows : [...rows]
  } finally {
    clearTimeout(timer)
  }
}

describe("a deferred write", () => {
  test("fails its query when the socket has closed meanwhile", async () => {
    await withOneConnection(async (sql, socket) => {
      const reserved = await sql.reserve()
      const closed = once(socket(), "close")
      socket().destroy()
      await closed
      await expect(reserved`select 1`).rejects.toMatchObject({ code: "CONNECTION_CLOSED" })
    })
  })

  test("is discarded with its connection, and the next connection writes", async () => {
    await withOneConnection(async (sql, socket) => {
      // From here on a close precedes the immediate that would write.
      await new Promise((resolve) => setImmediate(resolve))
      socket().destroy()
      const lost = sql`select 1`.execute()
      await expect(lost).rejects.toMatchObject({ code: "CONNECTION_CLOSED" })
      expect(await answerOf(sql`select 2 as two`)).toEqual([{ two: 2 }])
    })
  })
})

test("a query given to a connection between its error and its close is rejected", async () => {
  await withOneConnection(async (sql, socket) => {
    const between = Promise.withResolvers<unknown>()
    // Runs after the driver's own listener and before the close that follows an error.
    socket().once("error", () => {
      sql`select 1`.execute().then(
        () => between.resolve("answered"),
        (error: unknown) => between.resolve(error),
      )
    })
    socket().destroy(new Error("reset by the test"))
    expect(await answerOf(between.promise.then((outcome) => [outcome]))).toEqual([
      expect.objectContaining({ code: "CONNECTION_CLOSED" }),
    ])
    expect(await answerOf(sql`select 2 as two`)).toEqual([{ two: 2 }])
  })
})

test("a statement of a transaction that lost its connection reaches no other connection", async () => {
  await withOneConnection(async (sql, socket) => {
    const late = Promise.withResolvers<unknown>()
    const transaction = sql.begin(async (inside) => {
      const closed = once(socket(), "close")
      socket().destroy()
      await closed
      // The pool opens a new connection for another caller.
      await sql`select set_config('test.owner', 'somebody else', false)`
      const lost = inside`select set_config('test.owner', 'the lost transaction', false)`
      late.resolve(await lost.catch((error: unknown) => error))
    })
    await expect(transaction).rejects.toMatchObject({ code: "CONNECTION_CLOSED" })
    expect(await late.promise).toMatchObject({ code: "CONNECTION_CLOSED" })
    expect(await answerOf(sql`select current_setting('test.owner') as owner`)).toEqual([
      { owner: "somebody else" },
    ])
  })
})

test("a statement that fails between its rows leaves no holes in the next result", async () => {
  await withOneConnection(async (sql) => {
    await expect(sql`select 1/(3-i) from generate_series(1, 5) i`).rejects.toThrow("division")
    expect(await answerOf(sql`select 7 as x`)).toEqual([{ x: 7 }])
  })
})

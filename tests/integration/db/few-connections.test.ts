import { randomBytes } from "node:crypto"

import { afterAll, beforeAll, expect, test } from "vitest"

import { closeDatabase, openDatabase } from "#db/client.ts"
import { findConnectionRoom, poolSizes } from "#db/connection-room.ts"
import { call } from "#tests/support/http.ts"
import { serveStudio } from "#tests/support/studio-server.ts"
import { createTestStudio, submitText, type TestStudio } from "#tests/support/studio.ts"
import { waitFor } from "#tests/support/wait-for.ts"

let studio: TestStudio
const role = `few_${process.pid}_${randomBytes(4).toString("hex")}`

beforeAll(async () => {
  studio = await createTestStudio()
  const sql = studio.db.$client
  await sql.unsafe(`create role ${role} login password 'few' connection limit 6`)
  await sql.unsafe(`grant all on all tables in schema public to ${role}`)
  await sql.unsafe(`grant all on all sequences in schema public to ${role}`)
})
afterAll(async () => {
  await studio.db.$client.unsafe(`drop owned by ${role}; drop role ${role}`)
  await studio.stop()
})

function urlOfRole(): string {
  const url = new URL(studio.databaseUrl)
  url.username = role
  url.password = "few"
  return url.href
}

async function limitTo(connections: number): Promise<void> {
  await studio.db.$client.unsafe(`alter role ${role} connection limit ${connections}`)
}

async function roomOf(url: string): Promise<number> {
  const db = openDatabase({ url, connectionsMax: 1, name: "test-room" })
  try {
    return await findConnectionRoom(db)
  } finally {
    await closeDatabase(db)
  }
}

test("a process adapts to its role's connection limit, and reports when another process uses the connections", async () => {
  const databaseUrl = urlOfRole()
  const connectionsMax = await roomOf(databaseUrl)
  expect(connectionsMax).toBe(5)
  const first = await studio.start({ databaseUrl, connectionsMax })
  const server = await serveStudio(first)
  const conversations = await Promise.all(
    Array.from({ length: 12 }, () => studio.createConversation()),
  )
  await Promise.all(conversations.map((id) => submitText(studio, first, id, "hello")))
  const ended = async () => {
    const [row] = await studio.db.$client<{ open: number }[]>`
      select count(*)::int as open from turns where status in ('queued', 'running')`
    return row?.open === 0
  }
  await waitFor(ended, { timeoutMs: 30_000 })
  expect((await call(server.url, "GET", "/readyz")).status).toBe(200)

  // Leaves the role one connection more than the first process uses.
  const [used] = await studio.db.$client<{ count: number }[]>`
    select count(*)::int from pg_stat_activity where usename = ${role}`
  await limitTo((used?.count ?? 0) + 1)
  const second = await studio.start({ databaseUrl, connectionsMax, role: "web" })
  const other = await serveStudio(second)
  expect((await call(other.url, "GET", "/readyz")).json).toEqual({ status: "unavailable" })
  expect((await call(server.url, "GET", "/readyz")).status).toBe(200)
  await Promise.all([server.close(), other.close()])
  await Promise.all([first.stop(), second.stop()])
})

test("a role with too few connections is refused, and one without a limit gets the useful number", async () => {
  expect(await roomOf(studio.databaseUrl)).toBe(18)
  await limitTo(3)
  await studio.db.$client`
    select pg_terminate_backend(pid) from pg_stat_activity where usename = ${role}`
  await expect(roomOf(urlOfRole())).rejects.toThrow(/may have 3 connections; a process needs 4/)
  expect([4, 5, 6, 18].map((connections) => poolSizes(connections))).toEqual([
    { ordinary: 1, submits: 1 },
    { ordinary: 2, submits: 1 },
    { ordinary: 2, submits: 2 },
    { ordinary: 8, submits: 8 },
  ])
})

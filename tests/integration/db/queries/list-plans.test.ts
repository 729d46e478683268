import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { openDatabase, closeDatabase, type Database } from "#db/client.ts"
import { createListIndexes, seedConversations, seedPeople } from "#db/development-seed.ts"
import { listAdminRows, listTraceEvents } from "#db/queries/admin-conversations.ts"
import { listTextHits } from "#db/queries/admin-search.ts"
import type { ConversationFilter, ListRange } from "#db/queries/conversation-conditions.ts"
import { countConversations, listConversationIds } from "#db/queries/conversation-list.ts"
import { countEndedTurns, listUsage } from "#db/queries/usage.ts"

import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

/**
 * Rows read by a list, from the server's own counters. Sequential scans are made expensive in this
 * database, so that one appears only without a usable index; and rows fetched are bounded, which
 * also detects an index that serves the filter but not the order (a full read and a sort).
 */
const total = 3_000
const pageRows = 51
const tables = [
  "conversations",
  "conversation_texts",
  "search_entries",
  "turns",
  "journal",
  "usage_days",
]

let studio: TestStudio
let db: Database
let tenantId: string
let ownerId: string
let agentId: string

beforeAll(async () => {
  studio = await createTestStudio()
  ;({ tenantId } = studio.principal)
  await seedPeople(studio.db, tenantId)
  await seedConversations(studio.db, {
    tenantId,
    from: 1,
    to: total,
    total,
    journaledFrom: total - 300,
  })
  await countEndedTurns(studio.db, total)
  await createListIndexes(studio.db, [])
  const sql = studio.db.$client
  const [one] = await sql<{ ownerId: string; agentId: string; name: string }[]>`
    select owner_id as "ownerId", agent_id as "agentId", current_database() as name
    from conversations limit 1`
  if (one === undefined) throw new Error("nothing was seeded")
  ;({ ownerId, agentId } = one)
  await sql`alter database ${sql(one.name)} set enable_seqscan = off`
  db = openDatabase({ url: studio.databaseUrl, connectionsMax: 1, name: "studio-plans" })
}, 120_000)

afterAll(async () => {
  await closeDatabase(db)
  await studio.stop()
})

interface Reads {
  scans: number
  fetched: number
}

async function readsOf(list: () => Promise<unknown>): Promise<Reads> {
  const before = await counters()
  await list()
  const after = await counters()
  return { scans: after.scans - before.scans, fetched: after.fetched - before.fetched }
}

async function counters(): Promise<Reads> {
  await db.$client`select pg_stat_force_next_flush()`
  const [row] = await db.$client<Reads[]>`
    select sum(seq_scan)::bigint as scans,
      sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint as fetched
    from pg_stat_user_tables where relname = any (${tables}::text[])`
  return row ?? { scans: 0, fetched: 0 }
}

const viewer = () => ({ tenantId, userId: ownerId, isAdmin: true })
const range = (change: Partial<ListRange> = {}): ListRange => ({
  sort: "recent",
  after: null,
  offset: 0,
  rowsMax: pageRows,
  ...change,
})

type Case = [string, () => Omit<ConversationFilter, "viewer">, ListRange, number]
const none = () => ({ isAnyChannel: true }) as const
const middle = { key: Date.now() - 180 * 86_400_000, id: "0198a000-0000-7000-8000-000000000000" }

/** The last number: the maximum number of rows read for a page. */
const cases: Case[] = [
  ["newest first", none, range(), 60],
  ["oldest first", none, range({ sort: "oldest" }), 60],
  ["by title", none, range({ sort: "title" }), 60],
  ["from the middle", none, range({ after: middle }), 60],
  [
    "by title from the middle",
    none,
    range({ sort: "title", after: { key: "Quote", id: middle.id } }),
    60,
  ],
  ["of one owner", () => ({ ...none(), ownerId }), range(), 60],
  // One conversation in ten uses this agent: walking all of them finds a page as well.
  ["of one agent", () => ({ ...none(), agentId }), range(), 900],
  ["of a rare channel", () => ({ channelKind: "extension" }), range(), 60],
  ["that failed", () => ({ ...none(), outcome: "failed" }), range(), 60],
  ["that were stopped", () => ({ ...none(), outcome: "stopped" }), range(), 60],
  ["that run", () => ({ ...none(), outcome: "running" }), range(), 60],
  ["that failed with one code", () => ({ ...none(), errorCode: "turn_timeout" }), range(), 120],
  ["of one owner that failed", () => ({ ...none(), ownerId, outcome: "failed" }), range(), 4],
  ["that cost much", () => ({ ...none(), costMin: 0.1 }), range(), 60],
  [
    "of some days",
    () => ({
      ...none(),
      activeFromMs: Date.now() - 90 * 86_400_000,
      activeBeforeMs: Date.now() - 30 * 86_400_000,
    }),
    range(),
    60,
  ],
]

describe("a page of the tenant's conversations reads little more than it shows", () => {
  test.each(cases)("%s", async (_name, filter, asked, fetchedMax) => {
    const list = () => listConversationIds(db, { viewer: viewer(), ...filter() }, asked)
    const reads = await readsOf(list)
    expect(reads.scans).toBe(0)
    expect(reads.fetched).toBeLessThanOrEqual(fetchedMax)
  })
})

test("a person's own list reads little more than it shows", async () => {
  const own = { viewer: { ...viewer(), isAdmin: false }, mode: "standard" }
  const reads = await readsOf(() => listConversationIds(db, own, range({ rowsMax: 26 })))
  expect(reads.scans).toBe(0)
  expect(reads.fetched).toBeLessThanOrEqual(40)
})

test.each(["an unusual 2999 thing", "2998", "Harbor", "planner stopped"])(
  "a search for %o uses indexes",
  async (q) => {
    const filter = { viewer: viewer(), ...none(), q }
    const reads = await readsOf(async () => {
      await listConversationIds(db, filter, range())
      await countConversations(db, filter, 10_001)
    })
    expect(reads.scans).toBe(0)
  },
)

test.each([["refund"], ["2999"], ["nowhere"]])("texts with %o use indexes", async (word) => {
  const texts = { words: [word], prefix: null }
  const reads = await readsOf(() =>
    listTextHits(db, { tenantId, texts, after: null, rowsMax: pageRows }),
  )
  expect(reads.scans).toBe(0)
})

test("a month of usage by day reads a few rows per day", async () => {
  const day = (daysAgo: number) =>
    new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10)
  const range30 = { tenantId, from: day(30), to: day(0), by: "day" } as const
  const reads = await readsOf(() => listUsage(db, range30))
  expect(reads.scans).toBe(0)
  expect(reads.fetched).toBeLessThanOrEqual(450)
})

test("the rows of a page, their traces, counts and usage use indexes", async () => {
  const reads = await readsOf(async () => {
    const ids = await listConversationIds(db, { viewer: viewer(), ...none() }, range())
    const rows = await listAdminRows(db, tenantId, ids)
    const turns = rows.map((row) => ({
      conversationId: row.id,
      turnId: row.lastTurnId ?? "",
      seq: row.lastTurnSeq ?? 0,
    }))
    await listTraceEvents(db, { tenantId, kinds: ["tool_call"], turns })
    await countConversations(db, { viewer: viewer(), ...none() }, 1_000)
    for (const by of ["day", "agent", "user"] as const) {
      await listUsage(db, { tenantId, from: "2020-01-01", to: "2020-02-01", by })
    }
  })
  expect(reads.scans).toBe(0)
})

test("the measure works: a filter without an index reads far more than it shows", async () => {
  const reads = await readsOf(
    () => db.$client`
      select id from conversations where tenant_id = ${tenantId} and deleted_at is null
      order by preview limit ${pageRows}`,
  )
  expect(reads.fetched).toBeGreaterThanOrEqual(total)
})

import { performance } from "node:perf_hooks"

import type { Database } from "#db/client.ts"
import { listAdminRows, listTraceEvents } from "#db/queries/admin-conversations.ts"
import { listTextHits } from "#db/queries/admin-search.ts"
import type { ConversationFilter, ListRange } from "#db/queries/conversation-conditions.ts"
import {
  countConversations,
  listConversationIds,
  listConversations,
} from "#db/queries/conversation-list.ts"
import { findFirstTenant } from "#db/queries/tenants.ts"
import { listUsage } from "#db/queries/usage.ts"
import { eventKinds } from "#lib/protocol/events.ts"
import { parseWordQuery } from "#lib/search/words.ts"

import { withInstallation } from "../scripts/open-installation.ts"

/**
 * Times every list query on a database filled by `npm run db:seed`, `rounds` times each from random
 * positions:
 * STUDIO_DATA_DIR=… npm run bench:lists
 */
const rounds = 100
const pageRows = 51
const yearMs = 365 * 86_400_000

interface Known {
  tenantId: string
  owners: string[]
  agents: string[]
  conversations: number
}

type Query = (db: Database, known: Known) => Promise<unknown>

const pick = <T>(items: readonly T[]): T => {
  const item = items[Math.floor(Math.random() * items.length)]
  if (item === undefined) throw new Error("Fill the database with `npm run db:seed` first.")
  return item
}

const someMoment = () => ({
  key: Date.now() - Math.floor(Math.random() * yearMs),
  id: "0198a000-0000-7000-8000-000000000000",
})

function page(
  filter: (known: Known) => Partial<ConversationFilter>,
  range: Partial<ListRange> = {},
): Query {
  return async (db, known) => {
    const { tenantId } = known
    const viewer = { tenantId, userId: pick(known.owners), isAdmin: true }
    await listConversationIds(
      db,
      { viewer, isAnyChannel: true, ...filter(known) },
      { sort: "recent", after: someMoment(), offset: 0, rowsMax: pageRows, ...range },
    )
  }
}

function counted(filter: Partial<ConversationFilter>, countMax: number): Query {
  return async (db, { tenantId, owners }) => {
    const viewer = { tenantId, userId: pick(owners), isAdmin: true }
    await countConversations(db, { viewer, isAnyChannel: true, ...filter }, countMax)
  }
}

function texts(q: (known: Known) => string, ofOwner = false): Query {
  return async (db, known) => {
    const texts = parseWordQuery(q(known))
    if (texts === null) throw new Error("A search for no word.")
    const { tenantId, owners } = known
    const range = { after: null, rowsMax: 30, ...(ofOwner ? { ownerId: pick(owners) } : {}) }
    await listTextHits(db, { tenantId, texts, ...range })
  }
}

const newest = { after: null }
const someNumber = (known: Known) => String(Math.floor(Math.random() * known.conversations))

const queries: Record<string, Query> = {
  "own list, first page": async (db, { tenantId, owners }) => {
    const viewer = { tenantId, userId: pick(owners), isAdmin: false }
    const range = { sort: "recent", after: null, offset: 0, rowsMax: 41 } as const
    await listConversations(db, { viewer, mode: "standard" }, range)
  },
  "all, first page": page(() => ({}), newest),
  "all, anywhere": page(() => ({})),
  "oldest first, anywhere": page(() => ({}), { sort: "oldest" }),
  "by title, anywhere": page(() => ({}), {
    sort: "title",
    after: { key: "Quote", id: "0198a000-0000-7000-8000-000000000000" },
  }),
  "one owner": page(({ owners }) => ({ ownerId: pick(owners) })),
  "one agent": page(({ agents }) => ({ agentId: pick(agents) })),
  "one channel": page(() => ({ channelKind: pick(["slack", "api", "extension", "email"]) })),
  failed: page(() => ({ outcome: "failed" })),
  "failed with one code": page(() => ({ errorCode: "turn_timeout" })),
  stopped: page(() => ({ outcome: "stopped" })),
  running: page(() => ({ outcome: "running" }), newest),
  "above $0.10": page(() => ({ costMin: 0.1 })),
  "above $1": page(() => ({ costMin: 1 })),
  "owner and failed": page(({ owners }) => ({ ownerId: pick(owners), outcome: "failed" })),
  "search, common word": page(() => ({ q: pick(["refund", "planner", "weekly digest"]) }), newest),
  "search, one conversation": page((known) => ({ q: `for order ${someNumber(known)}` }), newest),
  "search, a number in any": page((known) => ({ q: someNumber(known).slice(0, 5) }), newest),
  "search, agent's name": page(() => ({ q: "harbor" }), newest),
  "search, two letters": page(() => ({ q: "qu", newestOnly: 10_000 }), newest),
  "texts, common word": texts(() => pick(["refund", "planner", "weekly digest"])),
  "texts, one in a million": texts((known) => `order ${someNumber(known)} `),
  "texts, one owner's": texts(() => pick(["refund", "planner", "digest"]), true),
  "rows and traces of a page": async (db, known) => {
    const viewer = { tenantId: known.tenantId, userId: pick(known.owners), isAdmin: true }
    const range = { sort: "recent", after: someMoment(), offset: 0, rowsMax: pageRows } as const
    const ids = await listConversationIds(db, { viewer, isAnyChannel: true }, range)
    const rows = await listAdminRows(db, known.tenantId, ids)
    const turns = rows.flatMap(({ id, lastTurnId, lastTurnSeq }) =>
      lastTurnId === null || lastTurnSeq === null
        ? []
        : [{ conversationId: id, turnId: lastTurnId, seq: lastTurnSeq }],
    )
    await listTraceEvents(db, { tenantId: known.tenantId, kinds: eventKinds, turns })
  },
  "count all, to 10,000": counted({}, 10_001),
  "count failed, to 10,000": counted({ outcome: "failed" }, 10_001),
  "count a common word, to 1,000": counted({ q: "refund" }, 1_001),
  "count a common word, to 10,000": counted({ q: "refund" }, 10_001),
  "count a rare text": counted({ q: "for order 20418" }, 10_001),
  "usage, 30 days by day": usage("day", 30),
  "usage, 30 days by agent": usage("agent", 30),
  "usage, 30 days by person": usage("user", 30),
}

function usage(by: "day" | "agent" | "user", days: number): Query {
  return async (db, { tenantId }) => {
    const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
    const [from, to] = [day(Date.now() - days * 86_400_000), day(Date.now())]
    await listUsage(db, { tenantId, from, to, by })
  }
}

async function measure(db: Database): Promise<void> {
  const sql = db.$client
  const tenantId = await findFirstTenant(db)
  const owners = await sql<{ id: string }[]>`select id from users where tenant_id = ${tenantId}`
  const agents = await sql<{ id: string }[]>`select id from agents where tenant_id = ${tenantId}`
  const [counts] = await sql<{ conversations: number; journal: number }[]>`
    select (select reltuples from pg_class where relname = 'conversations')::bigint as conversations,
      (select reltuples from pg_class where relname = 'journal')::bigint as journal`
  const conversations = counts?.conversations ?? 0
  const known = {
    tenantId,
    owners: owners.map((row) => row.id),
    agents: agents.map((row) => row.id),
    conversations,
  }
  console.log(
    `about ${conversations} conversations, ${counts?.journal} journal rows; ${rounds} rounds\n`,
  )
  console.log("| query | p50 ms | p95 ms | p99 ms |\n|---|---|---|---|")
  const wanted = process.argv[2]
  for (const [name, run] of Object.entries(queries)) {
    if (wanted !== undefined && !name.includes(wanted)) continue
    await run(db, known)
    const times: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startedMs = performance.now()
      await run(db, known)
      times.push(performance.now() - startedMs)
    }
    times.sort((a, b) => a - b)
    const at = (share: number) => times[Math.ceil(share * rounds) - 1]?.toFixed(1)
    console.log(`| ${name} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} |`)
  }
}

await withInstallation(measure, { statementTimeoutMs: 0 })

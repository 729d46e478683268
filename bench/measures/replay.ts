import { Redis } from "ioredis"

import type { Database } from "#db/client.ts"
import { newId } from "#lib/ids.ts"
import { createLog } from "#lib/log.ts"
import { settleTurn } from "#lib/turns/upkeep/settle-turn.ts"

import { EventStream } from "../client/event-stream.ts"
import { takeConversations, type Contestant } from "../contestant.ts"
import { atMost, atMostValue, type Report } from "../report.ts"
import type { Floor, Stage } from "../stage.ts"

const replayed = 10_000
const limitMs = 30_000

/**
 * Replays 10,000 events, both unfolded and folded, compared with a Redis stream; also measures
 * resuming at the end of a short and of a very long conversation.
 */
export async function measureReplay(
  stage: Stage,
  report: Report,
  options: { rounds: number; longEvents: number },
): Promise<void> {
  const floorlog = await stage.startFloor("floorlog")
  const product = await stage.startProduct({ conversations: 5 })
  const [logged = ""] = takeConversations(floorlog, 1)
  await fillLog(floorlog, logged)
  const [plain = "", folded = "", short = "", long = ""] = takeConversations(product, 4)
  await fillJournal(product.db, plain, replayed)
  const turn = await fillJournal(product.db, folded, replayed)
  await fold(product.db, turn)
  await fillJournal(product.db, short, 1_000)
  await fillJournal(product.db, long, options.longEvents)
  await product.db.$client`analyze`

  const attach = (contestant: Contestant, id: string, cursor: number, events: number) =>
    readEvents(contestant, id, cursor, events)
  const times = { log: [], plain: [], folded: [], resume: [], logResume: [] } as Record<
    string,
    Times[]
  >
  const ends = { short: [], long: [] } as Record<"short" | "long", Times[]>
  for (let round = -2; round < options.rounds; round += 1) {
    const results = {
      log: await attach(floorlog, logged, 0, replayed),
      plain: await attach(product, plain, 0, replayed),
      folded: await attach(product, folded, 0, replayed),
      logResume: await attach(floorlog, logged, replayed - 10, 10),
      resume: await attach(product, plain, replayed - 10, 10),
    }
    // The first two rounds warm caches and compilers.
    if (round >= 0) for (const [name, result] of Object.entries(results)) times[name]?.push(result)
  }
  for (let round = -5; round < options.rounds * 4; round += 1) {
    const results = {
      short: await attach(product, short, 990, 10),
      long: await attach(product, long, options.longEvents - 10, 10),
    }
    if (round < 0) continue
    ends.short.push(results.short)
    ends.long.push(results.long)
  }
  addRows(report, times, ends, options.longEvents)
  await floorlog.child.end()
  await product.child.end()
}

interface Times {
  firstMs: number
  allMs: number
}

/** The times from the request to the first event and to the last one requested. */
async function readEvents(
  contestant: Contestant,
  id: string,
  cursor: number,
  events: number,
): Promise<Times> {
  const { promise, resolve, reject } = Promise.withResolvers<Times>()
  const timer = setTimeout(() => reject(new Error(`${contestant.name}: no replay`)), limitMs)
  const startedAt = performance.now()
  let count = 0
  let firstMs = 0
  const stream = await EventStream.open(
    contestant.port,
    contestant.stream(id, cursor),
    (frames) => {
      let found = 0
      for (let at = frames.indexOf("\ndata: "); at >= 0; at = frames.indexOf("\ndata: ", at + 1))
        found += 1
      if (found === 0) return
      const ms = performance.now() - startedAt
      if (count === 0) firstMs = ms
      count += found
      if (count >= events) resolve({ firstMs, allMs: ms })
    },
  )
  const times = await promise
  clearTimeout(timer)
  stream.close()
  return times
}

async function fillLog(floorlog: Floor, id: string): Promise<void> {
  const redis = new Redis(floorlog.redisUrl)
  const data = JSON.stringify({ turn_id: newId(), text: "some words " })
  for (let start = 1; start <= replayed; start += 1_000) {
    const pipeline = redis.pipeline()
    for (let seq = start; seq < start + 1_000; seq += 1) {
      pipeline.xadd(`${floorlog.keyPrefix}:log:${id}`, `${seq}-1`, "text_delta", data)
    }
    await pipeline.exec()
  }
  redis.disconnect()
}

/** One ended turn with that many deltas, which the folder skips. */
async function fillJournal(db: Database, conversationId: string, events: number) {
  const turnId = newId()
  await db.$client`
    insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload)
    select ${conversationId}, seq, seq, ${turnId}, 1, 'text_delta',
      ${JSON.stringify({ turn_id: turnId, text: "some words " })}::text::json
    from generate_series(1, ${events}::int) as seq`
  const [row] = await db.$client<{ tenantId: string }[]>`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      status, turn_source, ended_at, folded_at)
    select ${turnId}, tenant_id, id, agent_id, owner_id, ${newId()}, 0, 'ended', 'web', now(), now()
    from conversations where id = ${conversationId}
    returning tenant_id as "tenantId"`
  await db.$client`update heads set last_seq = ${events} where conversation_id = ${conversationId}`
  return { tenantId: row?.tenantId ?? "", conversationId, turnId, firstSeq: 0, lastSeq: events }
}

async function fold(db: Database, turn: Parameters<typeof settleTurn>[1]): Promise<void> {
  await db.$client`update turns set folded_at = null where id = ${turn.turnId}`
  await settleTurn(db, turn, createLog("warn"))
  const [row] = await db.$client<{ rows: number }[]>`
    select count(*)::int as rows from journal where conversation_id = ${turn.conversationId}`
  if (row?.rows !== 1) throw new Error(`folding left ${row?.rows} rows`)
}

function addRows(
  report: Report,
  times: Readonly<Record<string, readonly Times[]>>,
  ends: Readonly<Record<"short" | "long", readonly Times[]>>,
  longEvents: number,
): void {
  const all = (name: string) => times[name]?.map((one) => one.allMs) ?? []
  const first = (name: string) => times[name]?.map((one) => one.firstMs) ?? []
  const versus = { floor: all("log"), floorName: "floorlog" }
  report.compare({
    measure: "replay of 10,000 events, one row each",
    unit: "ms",
    product: all("plain"),
    ...versus,
    target: atMost(2),
  })
  report.compare({
    measure: "replay of 10,000 events, folded",
    unit: "ms",
    product: all("folded"),
    ...versus,
    target: atMost(2),
  })
  report.compare({
    measure: "first event of that replay",
    unit: "p50 ms",
    product: first("plain"),
    floor: first("log"),
    floorName: "floorlog",
  })
  report.compare({
    measure: "first event of a resume 10 events back",
    unit: "p50 ms",
    product: first("resume"),
    floor: first("logResume"),
    floorName: "floorlog",
    target: atMostValue(10),
  })
  report.compare({
    measure: `attach at the end of ${longEvents.toLocaleString("en")} events, against 1,000 events`,
    unit: "p50 ms",
    product: ends.long.map((one) => one.allMs),
    floor: ends.short.map((one) => one.allMs),
    floorName: "1,000 events",
    target: atMost(1.2),
  })
}

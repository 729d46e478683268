import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, expect, test } from "vitest"

import { migrateDatabase } from "#db/migrate.ts"

import { createCluster, type Cluster } from "../../support/cluster.ts"
import type { Follower } from "../../support/follow.ts"
import type { Answer } from "../../support/http.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript, lastUserText } from "../../support/model-script.ts"
import { startPostgres, type PrivatePostgres } from "../../support/private-postgres.ts"
import { startRedis, type PrivateRedis } from "../../support/private-redis.ts"
import { startFaultyInstallation, type FaultyInstallation } from "../../support/random-faults.ts"
import { pick, seededRandom } from "../../support/random.ts"
import { soakOptions } from "../../support/soak.ts"
import { startToolCounter, type ToolCounter } from "../../support/tool-counter.ts"
import { waitFor } from "../../support/wait-for.ts"

/** `npm run soak -- faults` runs ten minutes. */
const soak = soakOptions("faults", {
  short: { minutes: 0.3, seed: 20_261_201 },
  long: { minutes: 10 },
})
const conversationCount = soak.isLong ? 60 : 12
const readerCount = soak.isLong ? 20 : 6
const clientCount = soak.isLong ? 16 : 6
const acceptLimitMs = 60_000
const settleLimitMs = 120_000
/**
 * Transient statuses of an outage, a pause or a full queue; the client retries with the same key.
 */
const passing = [0, 408, 429, 502, 503, 504]

const random = seededRandom(soak.seed)
let postgres: PrivatePostgres
let redis: PrivateRedis
let cluster: Cluster
let counter: ToolCounter
let installation: FaultyInstallation

beforeAll(async () => {
  ;[postgres, redis, counter] = await Promise.all([
    startPostgres(),
    startRedis(),
    startToolCounter(),
  ])
  await migrateDatabase(postgres.url)
  cluster = await createCluster({ databaseUrl: postgres.url })
  const unique = builtInScript("unique", { words: 12, paceMs: 15 })
  const tool = builtInScript("tool", { tool: "count_visit", words: 6, paceMs: 10 })
  cluster.model.script((requestNumber, body) =>
    (lastUserText(body).startsWith("tool ") ? tool : unique)(requestNumber, body),
  )
  installation = await startFaultyInstallation({
    cluster,
    postgres,
    redis,
    random,
    toolUrl: counter.url,
  })
}, 120_000)

afterAll(async () => {
  await cluster.stop()
  await installation.close()
  counter.close()
  await Promise.all([postgres.stop(), redis.stop()])
})

/** Counters that must stay zero, by name. */
const wrong = new Map<string, number>()
const note = (what: string) => wrong.set(what, (wrong.get(what) ?? 0) + 1)
/** Turns that `interrupt` reported as stopped. */
const stopped = new Set<string>()

test(
  `random faults for ${soak.minutes} minutes, seed ${soak.seed}: nothing is lost, doubled, torn or stuck`,
  async () => {
    const conversations = await Promise.all(
      Array.from({ length: conversationCount }, () => cluster.createConversation()),
    )
    const readers = conversations
      .slice(0, readerCount)
      .map((id, index) => cluster.follow(id, () => installation.serverOf(index)))
    const endMs = performance.now() + soak.minutes * 60_000
    const isOver = () => performance.now() > endMs

    await Promise.all([
      ...Array.from({ length: clientCount }, (_, index) => runClient(index, conversations, isOver)),
      runFaults(isOver),
    ])
    await installation.heal()
    await waitFor(async () => (await countOpenTurns()) === 0, { timeoutMs: settleLimitMs })

    const accepted = new Set(
      cluster.submits.filter((one) => one.status === 202).map((one) => one.key),
    ).size
    const journals = await checkInvariants(cluster, installation.serverOf(0))
    for (const reader of readers) await expectCaughtUp(reader, journals)
    const entries = [...journals.values()].flat()
    for (const { kind, payload } of entries) {
      if (kind === "error") note(`error ${String(payload["code"])}`)
      if (kind === "final" && stopped.has(String(payload["turn_id"]))) {
        const reason = String(payload["stop_reason"])
        if (reason !== "interrupted" && reason !== "withdrawn") note(`stopped, yet ${reason}`)
      }
    }
    for (const [id, own] of journals) {
      const calls = own.filter((entry) => entry.kind === "tool_call").length
      if (counter.count(id) > calls) note("a tool ran more often than it was called")
    }
    report(accepted, entries.length)
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(accepted).toBeGreaterThan(0)
    expect(installation.tally.size).toBeGreaterThan(0)
  },
  (soak.minutes + 8) * 60_000,
)

/** Sends, stops, reads and retries until the run is over. */
async function runClient(index: number, conversations: readonly string[], isOver: () => boolean) {
  for (let sent = index; !isOver(); sent += 1) {
    const id = pick(random, conversations)
    const isTool = random() < 0.1
    const text = `${isTool ? "tool" : "words"} ${index}-${sent}`
    const turnId = await sendUntilAccepted(sent, id, text)
    const choice = random()
    if (choice < 0.15) await interrupt(sent, id, turnId)
    else if (choice < 0.5) await read(sent, id)
    await sleep(random() * 400)
  }
}

async function sendUntilAccepted(index: number, id: string, text: string): Promise<string> {
  const deadline = performance.now() + acceptLimitMs
  let last = await cluster.submit(installation.serverOf(index), id, { text })
  for (let tries = 1; last.status !== 202; tries += 1) {
    if (!passing.includes(last.status)) {
      note(`a submit was answered ${last.status} ${String(last.body["code"])}`)
    }
    if (performance.now() > deadline) {
      note("a submit was not accepted in time")
      return ""
    }
    await sleep(last.status === 429 ? 1_000 : 100 + random() * 200)
    last = await cluster.submit(installation.serverOf(index + tries), id, last)
  }
  // Sometimes the client treats a received response as lost.
  if (random() < 0.1) {
    const again = await cluster.submit(installation.serverOf(index + 1), id, last)
    if (again.status === 202 && again.body["turn_id"] !== last.body["turn_id"]) note("a double")
  }
  return String(last.body["turn_id"])
}

async function interrupt(index: number, id: string, turnId: string): Promise<void> {
  await sleep(random() * 300)
  const answer = await ask(index, "POST", `/v1/api/conversations/${id}/interrupt`, {
    turn_id: turnId,
  })
  if (answer?.json["stopped"] === true) stopped.add(turnId)
}

async function read(index: number, id: string): Promise<void> {
  await Promise.all([
    ask(index, "GET", `/v1/api/conversations/${id}`),
    ask(index, "GET", `/v1/api/conversations/${id}/messages?limit=50`),
    ask(index, "GET", "/v1/api/me"),
  ])
}

/** A request that may only answer 200 or a transient status. */
async function ask(
  index: number,
  method: string,
  path: string,
  json?: unknown,
): Promise<Answer | null> {
  try {
    const answer = await cluster.request(installation.serverOf(index), method, path, json)
    if (answer.status === 200) return answer
    if (!passing.includes(answer.status)) note(`${method} was answered ${answer.status}`)
  } catch (error) {
    // The connection broke.
    if (!(error instanceof Error)) throw error
  }
  return null
}

async function runFaults(isOver: () => boolean): Promise<void> {
  const running: Promise<string>[] = []
  while (!isOver()) {
    running.push(installation.breakSomething())
    await sleep(2_000 + random() * 2_000)
  }
  await Promise.all(running)
}

async function countOpenTurns(): Promise<number> {
  try {
    const [row] = await cluster.db.$client<{ count: number }[]>`
      select count(*)::int as count from turns where status <> 'ended'`
    return row?.count ?? -1
  } catch (error) {
    // The test's own connections died with PostgreSQL.
    if (!(error instanceof Error)) throw error
    return -1
  }
}

/** The reader has every event once and in order, and no refusal was unjustified. */
async function expectCaughtUp(
  reader: Follower,
  journals: Awaited<ReturnType<typeof checkInvariants>>,
): Promise<void> {
  const entries = journals.get(reader.conversationId) ?? []
  const last = Number(entries.at(-1)?.seq ?? 0)
  await waitFor(() => (reader.events.findLast((event) => event.id !== null)?.id ?? 0) >= last, {
    timeoutMs: 30_000,
  })
  const ids = reader.events.flatMap((event) => event.id ?? [])
  ids.forEach((id, place) => {
    if (id !== place + 1) note("a reader has a gap or a double")
  })
  for (const entry of entries) {
    if (entry.kind !== "final") continue
    const turnId = String(entry.turn_id)
    if (reader.keptText(turnId) !== entry.payload["text"]) note("a reader's text is torn")
  }
  for (const status of reader.refusals) {
    if (!passing.includes(status)) note(`a stream was answered ${status}`)
  }
}

function report(accepted: number, events: number): void {
  const faults = [...installation.tally].map(([name, count]) => `${name} ${count}`).join(", ")
  const { torn, delayed } = installation.broken()
  const log = installation.logs()
  const errors = log.split("\n").filter((line) => line.includes('"level":50'))
  process.stdout.write(
    `${accepted} messages acknowledged, ${stopped.size} stopped, ${events} journal rows; ` +
      `faults: ${faults}; ${torn} answers torn, ${delayed} requests late; ` +
      `${errors.length} error lines in the logs; wrong: ${JSON.stringify(Object.fromEntries(wrong))}\n`,
  )
  for (const line of errors.slice(0, soak.isLong ? 20 : 5))
    process.stdout.write(`${line.slice(0, 600)}\n`)
}

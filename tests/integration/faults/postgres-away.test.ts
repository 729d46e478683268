import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

import { migrateDatabase } from "#db/migrate.ts"

import {
  createCluster,
  type Cluster,
  type ServerProcess,
  type Submit,
} from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript } from "../../support/model-script.ts"
import { startPostgres, type PrivatePostgres } from "../../support/private-postgres.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const answerLimitMs = 5_000
const outageMs = 3_000
const frozenMs = 8_000

let postgres: PrivatePostgres
let cluster: Cluster
let servers: ServerProcess[]

beforeAll(async () => {
  postgres = await startPostgres()
  await migrateDatabase(postgres.url)
  cluster = await createCluster({ databaseUrl: postgres.url })
  servers = await Promise.all([cluster.start(), cluster.start()])
})

afterAll(async () => {
  await cluster.stop()
  await postgres.stop()
})

const serverOf = (index: number) => servers[index % servers.length] ?? { url: "" }

/** A client that retries each message with one key until it is accepted. */
async function sendUntilAccepted(index: number, conversationId: string): Promise<Submit[]> {
  const tries: Submit[] = [await cluster.submit(serverOf(index), conversationId)]
  const deadline = Date.now() + 25_000
  for (let last = tries.at(-1); last?.status !== 202; last = tries.at(-1)) {
    if (Date.now() > deadline || last === undefined) throw new Error("not accepted in 25 s")
    await sleep(200)
    tries.push(await cluster.submit(serverOf(index + tries.length), conversationId, last))
  }
  return tries
}

/** Checks turns in mid-answer, and messages sent while `during` lasts. */
async function expectSurvived(during: () => Promise<void>) {
  cluster.model.script(builtInScript("unique", { words: 100, paceMs: 40 }))
  const conversations = await Promise.all(
    Array.from({ length: 6 }, () => cluster.createConversation()),
  )
  const readers = conversations.map((id, index) => cluster.follow(id, () => serverOf(index)))
  const running = await Promise.all(
    conversations.map((id, index) => cluster.submit(serverOf(index), id)),
  )
  await waitFor(
    () => readers.every((reader) => reader.events.some((event) => event.event === "text_delta")),
    { timeoutMs: 15_000 },
  )
  const sending = conversations.map(async (id, index) => {
    // Some are in flight when the outage begins, some are sent during it.
    await sleep(index * 400)
    return await sendUntilAccepted(index, id)
  })
  await sleep(200)
  await during()
  const tries = await Promise.all(sending)
  const refused = tries.flat().filter((one) => one.status !== 202)
  expect(refused.length).toBeGreaterThan(0)
  for (const one of refused) {
    expect(one.status).toBe(503)
    expect(Number(one.headers["retry-after"])).toBeGreaterThan(0)
    expect(one.tookMs).toBeLessThan(answerLimitMs + 500)
  }
  const last = tries.map((own) => String(own.at(-1)?.body["turn_id"]))
  await Promise.all(readers.map((reader, index) => reader.done(last[index] ?? "", 40_000)))
  const journals = await checkInvariants(cluster, serverOf(0), readers)
  for (const { body, conversationId } of running) {
    const endings = (journals.get(conversationId) ?? []).filter(
      (entry) => entry.turn_id === body["turn_id"] && entry.kind === "final",
    )
    expect(endings).toHaveLength(1)
  }
  for (const server of servers) expect(server.isGone()).toBe(false)
  await Promise.all(readers.map((reader) => reader.stop()))
}

describe("no acknowledged message is lost, every turn ends once, readers have all events, other requests get 503", () => {
  test("when PostgreSQL is killed during turns and restarted", async () => {
    await expectSurvived(async () => {
      await postgres.kill()
      await sleep(outageMs)
      await postgres.restart()
    })
  })

  test("when PostgreSQL freezes and resumes", async () => {
    await expectSurvived(async () => {
      const rows = await cluster.db.$client<{ pid: number }[]>`select pid from pg_stat_activity`
      await postgres.pause()
      for (const { pid } of rows) process.kill(pid, "SIGSTOP")
      await sleep(frozenMs)
      for (const { pid } of rows) process.kill(pid, "SIGCONT")
      await postgres.resume()
    })
  })
})

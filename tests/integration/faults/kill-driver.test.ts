import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript } from "../../support/model-script.ts"
import { seededRandom } from "../../support/random.ts"
import { startToolCounter, type ToolCounter } from "../../support/tool-counter.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

/** From the restart, or from the death of one of two, to the end of the turn. */
const recoveryLimitMs = 20_000
const rounds = 3

let cluster: Cluster
let counter: ToolCounter

beforeAll(async () => {
  ;[cluster, counter] = await Promise.all([createCluster(), startToolCounter()])
})

afterAll(async () => {
  await cluster.stop()
  counter.close()
})

/** The address of the server that is not killed next. */
let current: ServerProcess | null = null

const start = (failpoints?: string) =>
  cluster.start({ toolUrl: counter.url, ...(failpoints === undefined ? {} : { failpoints }) })

/** A server without a fail point. */
async function plainServer(): Promise<ServerProcess> {
  if (current === null || current.isGone()) current = await start()
  return current
}

/** A server that dies at a fail point, alone, so that no other process takes over the turn. */
async function doomedServer(point: string): Promise<ServerProcess> {
  await current?.kill()
  return await start(`${point}=kill`)
}

describe("after kill -9 at a fail point and a restart, the turn ends and every reader has all of it", () => {
  test.each(["submit.after_commit", "turn.after_model_call", "turn.before_end", "turn.after_end"])(
    "%s",
    async (point) => {
      cluster.model.script(builtInScript("unique", { words: 20, paceMs: 10 }))
      let server = await doomedServer(point)
      const conversationId = await cluster.createConversation()
      const reader = cluster.follow(conversationId, () => server)
      await waitFor(() => reader.isAttached())
      const sent = await cluster.submit(server, conversationId)
      await server.gone()
      server = await plainServer()
      // A client retries when its connection broke before the response.
      const again = await cluster.submit(server, conversationId, sent)
      expect(again).toMatchObject({ status: 202, body: { idempotent: true } })
      const turnId = String(again.body["turn_id"])
      await reader.done(turnId, recoveryLimitMs)
      const late = cluster.follow(conversationId, () => server)
      await late.done(turnId)
      await checkInvariants(cluster, server, [reader, late])
    },
  )
})

describe("an external side effect happens once", () => {
  const callTool = (args: unknown, words = 10, paceMs = 10) =>
    cluster.model.script(builtInScript("tool", { tool: "count_visit", args, words, paceMs }))

  test("when the driver dies before committing its result", async () => {
    callTool({})
    let server = await doomedServer("turn.after_tools")
    const conversationId = await cluster.createConversation()
    const reader = cluster.follow(conversationId, () => server)
    const sent = await cluster.submit(server, conversationId)
    await server.gone()
    expect(counter.count(conversationId)).toBe(1)
    server = await plainServer()
    await reader.done(String(sent.body["turn_id"]), recoveryLimitMs)
    expect(counter.count(conversationId)).toBe(1)
    await checkInvariants(cluster, server, [reader])
  })

  test("when the driver dies after the step, which the next attempt keeps", async () => {
    callTool({}, 40, 20)
    let server = await plainServer()
    const conversationId = await cluster.createConversation()
    const reader = cluster.follow(conversationId, () => server)
    const sent = await cluster.submit(server, conversationId)
    const turnId = String(sent.body["turn_id"])
    await waitFor(() => reader.keptText(turnId).includes("tool-said"), { timeoutMs: 15_000 })
    await server.kill()
    server = await plainServer()
    await reader.done(turnId, recoveryLimitMs)
    expect(counter.count(conversationId)).toBe(1)
    const journals = await checkInvariants(cluster, server, [reader])
    const entries = journals.get(conversationId) ?? []
    const results = entries.filter((entry) => entry.kind === "tool_result")
    expect(results.map((entry) => entry.payload["is_error"])).toEqual([false])
    expect(reader.keptText(turnId)).toMatch(/^Let me look\. \s*answer-\d+-\w+ tool-said: .*visit 1/)
  })

  test("when the driver dies during the tool call, which is then reported with an unknown outcome", async () => {
    callTool({ delay_ms: 60_000 })
    let server = await plainServer()
    const conversationId = await cluster.createConversation()
    const reader = cluster.follow(conversationId, () => server)
    const sent = await cluster.submit(server, conversationId)
    const turnId = String(sent.body["turn_id"])
    await waitFor(() => counter.count(conversationId) === 1, { timeoutMs: 15_000 })
    await server.kill()
    server = await plainServer()
    await reader.done(turnId, recoveryLimitMs)
    expect(counter.count(conversationId)).toBe(1)
    const journals = await checkInvariants(cluster, server, [reader])
    const entries = journals.get(conversationId) ?? []
    const result = entries.find((entry) => entry.kind === "tool_result")
    expect(result?.payload).toMatchObject({ is_error: true, summary: "outcome unknown" })
    // The model receives that outcome, too.
    expect(reader.keptText(turnId)).toMatch(/tool-said: .*outcome unknown/)
  })
})

describe("kill -9 at any moment", () => {
  test("of one of two processes: the other takes over, and every reader has every event once", async () => {
    const seed = Math.floor(Math.random() * 1_000_000)
    process.stdout.write(`kill-driver seed ${seed}\n`)
    const random = seededRandom(seed)
    cluster.model.script(builtInScript("unique", { words: 50, paceMs: 20 }))
    let [victim, other] = await Promise.all([plainServer(), start()])
    for (let round = 0; round < rounds; round += 1) {
      const [dying, staying] = [victim, other]
      const conversations = await Promise.all(
        Array.from({ length: 4 }, () => cluster.createConversation()),
      )
      const readers = conversations.map((id, index) =>
        cluster.follow(id, () => (dying.isGone() || index % 2 === 0 ? staying : dying)),
      )
      const sent = await Promise.all(conversations.map((id) => cluster.submit(dying, id)))
      await sleep(random() * 1_500)
      await dying.kill()
      await Promise.all(
        readers.map((reader, index) =>
          reader.done(String(sent[index]?.body["turn_id"]), recoveryLimitMs),
        ),
      )
      await checkInvariants(cluster, staying, readers)
      expect(staying.isGone()).toBe(false)
      await Promise.all(readers.map((reader) => reader.stop()))
      ;[victim, other] = [staying, round === rounds - 1 ? staying : await start()]
    }
  })
})

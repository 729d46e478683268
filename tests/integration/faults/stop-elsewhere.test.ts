import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript, callTools, say } from "../../support/model-script.ts"
import { startRedis, type PrivateRedis } from "../../support/private-redis.ts"
import { startToolCounter, type ToolCounter } from "../../support/tool-counter.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const stopLimitMs = 1_000

let cluster: Cluster
let redis: PrivateRedis
let counter: ToolCounter
let driver: ServerProcess
let web: ServerProcess

beforeAll(async () => {
  ;[cluster, redis, counter] = await Promise.all([
    createCluster(),
    startRedis(),
    startToolCounter(),
  ])
  const options = { redisUrl: redis.url, toolUrl: counter.url }
  ;[driver, web] = await Promise.all([
    cluster.start(options),
    cluster.start({ ...options, role: "web" }),
  ])
})

afterAll(async () => {
  await cluster.stop()
  await redis.stop()
  counter.close()
})

async function stop(server: ServerProcess, conversationId: string, turnId: string) {
  const route = `/v1/api/conversations/${conversationId}/interrupt`
  const answer = await cluster.request(server, "POST", route, { turn_id: turnId })
  expect(answer.status).toBe(200)
  return answer.json["stopped"]
}

/** Two messages; the first turn runs, the second waits. */
async function runAndQueue() {
  const conversationId = await cluster.createConversation()
  const first = await cluster.submit(driver, conversationId, { text: "first" })
  const second = await cluster.submit(web, conversationId, { text: "second" })
  expect(second.body["queued_behind"]).toBe(1)
  const reader = cluster.follow(conversationId, () => web)
  const [firstId, secondId] = [String(first.body["turn_id"]), String(second.body["turn_id"])]
  return { conversationId, firstId, secondId, reader }
}

describe("Stop sent to a process that does not drive the turn", () => {
  test("closes the model's socket within a second; a second click leaves the next turn alone", async () => {
    const unique = builtInScript("unique", { words: 5 })
    cluster.model.script((requestNumber, body) =>
      requestNumber > 1 ? unique(requestNumber, body) : [say("so far"), { type: "stall" }],
    )
    const { conversationId, firstId, secondId, reader } = await runAndQueue()
    await waitFor(() => reader.keptText(firstId) === "so far")
    expect(cluster.model.openConnections()).toBe(1)
    const clickedMs = performance.now()
    expect(await stop(web, conversationId, firstId)).toBe(true)
    // The stalled socket; the next turn uses another one.
    await waitFor(
      () => cluster.model.requests.length === 2 || cluster.model.openConnections() === 0,
    )
    expect(await stop(web, conversationId, firstId)).toBe(false)
    await reader.done(firstId)
    expect(performance.now() - clickedMs).toBeLessThan(stopLimitMs)
    expect(await stop(driver, conversationId, firstId)).toBe(false)
    await reader.done(secondId)
    await waitFor(() => cluster.model.openConnections() === 0)
    const journals = await checkInvariants(cluster, web, [reader])
    const finals = (journals.get(conversationId) ?? []).filter((entry) => entry.kind === "final")
    expect(finals.map((entry) => entry.payload["stop_reason"])).toEqual(["interrupted", "end"])
    expect(finals[0]?.payload["text"]).toBe("so far")
  })

  test("aborts a running tool within a second and records a result for its call", async () => {
    cluster.model.script(() => [
      say("counting"),
      callTools({ name: "count_visit", args: { delay_ms: 60_000 } }),
    ])
    const { conversationId, firstId, secondId, reader } = await runAndQueue()
    await waitFor(() => counter.count(conversationId) === 1)
    cluster.model.script(builtInScript("unique", { words: 5 }))
    const clickedMs = performance.now()
    expect(await stop(web, conversationId, firstId)).toBe(true)
    await reader.done(firstId)
    expect(performance.now() - clickedMs).toBeLessThan(stopLimitMs)
    await reader.done(secondId)
    const journals = await checkInvariants(cluster, web, [reader])
    const result = (journals.get(conversationId) ?? []).find(({ kind }) => kind === "tool_result")
    expect(result?.payload).toMatchObject({ is_error: true, summary: "interrupted" })
  })
})

describe("two processes without a working bus", () => {
  const words = 20
  const paceMs = 100

  /**
   * Runs a paced turn in one process and reads it in the other. @returns the largest delay, in ms
   */
  async function latestDelta(from: ServerProcess, by: ServerProcess): Promise<number> {
    const saidAt: number[] = []
    cluster.model.script(async function* () {
      for (let index = 0; index < words; index += 1) {
        saidAt.push(performance.now())
        yield say(`${index} `)
        await new Promise((resolve) => setTimeout(resolve, paceMs))
      }
    })
    const conversationId = await cluster.createConversation()
    const reader = cluster.follow(conversationId, () => by)
    await waitFor(() => reader.isAttached())
    const sent = await cluster.submit(from, conversationId)
    const turnId = String(sent.body["turn_id"])
    await reader.done(turnId)
    const heardAt: number[] = []
    for (const { event, data, atMs } of reader.events) {
      if (event !== "text_delta") continue
      for (const _word of String(data["text"]).trim().split(" ")) heardAt.push(atMs)
    }
    expect(heardAt).toHaveLength(words)
    expect(reader.keptText(turnId)).toBe(Array.from({ length: words }, (_, i) => `${i} `).join(""))
    await checkInvariants(cluster, by, [reader])
    return Math.max(...heardAt.map((at, index) => at - (saidAt[index] ?? 0)))
  }

  async function stopTakes(from: ServerProcess, by: ServerProcess): Promise<number> {
    cluster.model.script(() => [say("so far"), { type: "stall" }])
    const conversationId = await cluster.createConversation()
    const sent = await cluster.submit(from, conversationId)
    const turnId = String(sent.body["turn_id"])
    const reader = cluster.follow(conversationId, () => from)
    await waitFor(() => reader.keptText(turnId) === "so far")
    const clickedMs = performance.now()
    expect(await stop(by, conversationId, turnId)).toBe(true)
    await waitFor(() => cluster.model.openConnections() === 0)
    await reader.done(turnId)
    const tookMs = performance.now() - clickedMs
    await checkInvariants(cluster, by, [reader])
    return tookMs
  }

  test("deliver each delta within 1.2 s and stop within 1.5 s", async () => {
    redis.pause()
    expect(await latestDelta(driver, web)).toBeLessThan(1_200)
    expect(await stopTakes(driver, web)).toBeLessThan(1_500)
    redis.resume()
    await redis.kill()
    expect(await latestDelta(driver, web)).toBeLessThan(1_200)
    expect(await stopTakes(driver, web)).toBeLessThan(1_500)
    await driver.kill()
    const [alone, apart] = await Promise.all([cluster.start(), cluster.start({ role: "web" })])
    expect(await latestDelta(alone, apart)).toBeLessThan(1_200)
    expect(await stopTakes(alone, apart)).toBeLessThan(1_500)
  })
})

import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import { connect } from "node:net"

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript } from "../../support/model-script.ts"
import { startRedis, type PrivateRedis } from "../../support/private-redis.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const answerLimitMs = 1_500
const simultaneous = 100

let cluster: Cluster
let redis: PrivateRedis
let servers: ServerProcess[]

beforeAll(async () => {
  ;[cluster, redis] = await Promise.all([createCluster(), startRedis()])
  cluster.model.script(builtInScript("unique", { words: 3, paceMs: 0 }))
  const options = { redisUrl: redis.url }
  servers = await Promise.all([cluster.start(options), cluster.start(options)])
})

afterAll(async () => {
  await cluster.stop()
  await redis.stop()
})

/**
 * One key and text, a hundred concurrent submits over all processes: one effect, equal responses.
 */
async function expectOneEffect(over: readonly ServerProcess[]) {
  const conversationId = await cluster.createConversation()
  const message = { key: randomUUID(), text: `once ${randomUUID()}` }
  const submits = await Promise.all(
    Array.from({ length: simultaneous }, (_, index) =>
      cluster.submit(over[index % over.length] ?? { url: "" }, conversationId, message),
    ),
  )
  expect(submits.map((one) => one.status)).toEqual(submits.map(() => 202))
  expect(submits.filter((one) => one.body["idempotent"] === false)).toHaveLength(1)
  expect(new Set(submits.map((one) => one.body["turn_id"])).size).toBe(1)
  expect(new Set(submits.map((one) => one.body["message_id"])).size).toBe(1)
  const [server] = over
  if (server === undefined) throw new Error("no server")
  const other = await cluster.submit(server, conversationId, { ...message, text: "another" })
  expect(other.status).toBe(422)
  expect(other.body["code"]).toBe("idempotency_key_reused")
  await checkInvariants(cluster, server)
  return Math.max(...submits.map((one) => one.tookMs))
}

async function flushAll(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port })
  socket.write("FLUSHALL\r\n")
  await once(socket, "data")
  socket.destroy()
}

describe("a hundred simultaneous submits with one key over two processes start one turn", () => {
  test("with Redis", async () => {
    await expectOneEffect(servers)
  })

  test("while Redis loses its data between every two steps", async () => {
    const flusher = createServer((_request, response) => {
      flushAll(redis.port).then(
        () => response.end(),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      )
    }).listen(0, "127.0.0.1")
    await once(flusher, "listening")
    const address = flusher.address()
    if (address === null || typeof address === "string") throw new Error("no port")
    const failpoints = ["before_claim", "after_claim", "before_insert", "after_commit"]
      .map((name) => `submit.${name}=get:http://127.0.0.1:${address.port}/`)
      .join(";")
    const options = { redisUrl: redis.url, failpoints }
    const forgetful = await Promise.all([cluster.start(options), cluster.start(options)])
    await expectOneEffect(forgetful)
    await Promise.all(forgetful.map((server) => server.kill()))
    flusher.closeAllConnections()
    flusher.close()
  })

  test("with Redis silent from the start, each within 1.5 s", async () => {
    redis.pause()
    expect(await expectOneEffect(servers)).toBeLessThan(answerLimitMs)
    redis.resume()
  })

  test("with Redis down, and after it returns empty", async () => {
    await redis.kill()
    expect(await expectOneEffect(servers)).toBeLessThan(answerLimitMs)
    await redis.restart()
    expect(await expectOneEffect(servers)).toBeLessThan(answerLimitMs)
  })
})

import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { call, type Answer } from "../../support/http.ts"
import { measureImpact, type Watched } from "../../support/measure-impact.ts"
import { addAgent, addConversation, addPerson, type TestPerson } from "../../support/people.ts"
import { residentMb } from "../../support/process-memory.ts"
import { soakOptions } from "../../support/soak.ts"

/** `npm run soak -- bodies` sends them ten times, applies its limits longer, and reports. */
const soak = soakOptions("bodies", {
  short: { rounds: 1, seed: 1 },
  long: { rounds: 10 },
})
const bodiesAtOnce = 50
const promises = 300
const promiseMs = soak.isLong ? 30_000 : 2_000
const residentMbMax = 800
/** On a quiet machine; with other tests running a percentile says little. */
const p99MsMax = soak.isLong ? 200 : 10_000

vi.setConfig({ testTimeout: soak.isLong ? 300_000 : 90_000 })

let cluster: Cluster
let server: ServerProcess
let sender: TestPerson
let other: TestPerson
let agentId: string
let otherConversation: string

beforeAll(async () => {
  cluster = await createCluster()
  const { tenantId } = cluster.person
  agentId = await addAgent(cluster.db, tenantId, { slug: "second" })
  sender = await addPerson(cluster.db, tenantId, { name: "Sender" })
  other = await addPerson(cluster.db, tenantId, { name: "Other" })
  otherConversation = await addConversation(cluster.db, other, agentId)
  server = await cluster.start({ role: "web" })
})

afterAll(async () => await cluster?.stop())

function report(name: string, seen: Watched<unknown>): void {
  if (!soak.isLong) return
  const { peakMb, p50Ms, p99Ms, requests } = seen
  process.stdout.write(
    `${name}: at most ${Math.round(peakMb)} MB; others: ${requests} requests, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms\n`,
  )
}

const watch = <T>(run: () => Promise<T>) =>
  measureImpact(
    server,
    { url: server.url, token: other.token, conversationId: otherConversation },
    run,
  )

/**
 * Just under 16 MiB: a file of 11.9 MiB in base64. Created once, to save memory in this process.
 */
const largeBody = Buffer.from(
  JSON.stringify({
    text: "large",
    attachments: [
      {
        filename: "a.txt",
        content_type: "text/plain",
        data_b64: Buffer.alloc(12 * 1024 * 1024 - 100_000, "attachment ").toString("base64"),
      },
    ],
  }),
)

const submitLarge = (conversationId: string): Promise<Answer> =>
  call(server.url, "POST", `/v1/api/conversations/${conversationId}/messages`, {
    token: sender.token,
    headers: { "content-type": "application/json" },
    body: largeBody,
  })

test("of fifty concurrent 16 MiB bodies some are accepted and the rest told to retry; other people are unaffected", async () => {
  const seen = await watch(async () => {
    const answers: Answer[] = []
    for (let round = 0; round < soak.rounds; round++) {
      const ids = await Promise.all(
        Array.from({ length: bodiesAtOnce }, () => addConversation(cluster.db, sender, agentId)),
      )
      answers.push(...(await Promise.all(ids.map((id) => submitLarge(id)))))
    }
    return answers
  })
  report("50 bodies of 16 MiB", seen)
  const counts = Map.groupBy(seen.result, ({ status }) => status)
  expect([...counts.keys()].toSorted((a, b) => a - b)).toEqual([202, 429])
  for (const answer of counts.get(429) ?? []) {
    expect(answer.json["code"]).toBe("rate_limited")
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0)
  }
  expect([...seen.statuses].filter((status) => status > 202)).toEqual([])
  expect(seen.peakMb).toBeLessThan(residentMbMax)
  expect(seen.p99Ms).toBeLessThan(p99MsMax)
  // The reserved memory is released.
  const id = await addConversation(cluster.db, sender, agentId)
  expect((await submitLarge(id)).status).toBe(202)
})

test("three hundred connections that announce 16 MiB and send one byte use almost no memory", async () => {
  const before = residentMb(server.pid)
  const sockets: Socket[] = []
  const seen = await watch(async () => {
    for (let at = 0; at < promises; at++) sockets.push(await promise())
    await sleep(promiseMs)
    // They reserve no memory that others need.
    const id = await addConversation(cluster.db, sender, agentId)
    expect((await submitLarge(id)).status).toBe(202)
  })
  report("300 promises of 16 MiB", seen)
  for (const socket of sockets) socket.destroy()
  expect([...seen.statuses].filter((status) => status > 202)).toEqual([])
  expect(seen.peakMb).toBeLessThan(Math.min(residentMbMax, before + 200))
  expect(seen.p99Ms).toBeLessThan(p99MsMax)
})

async function promise(): Promise<Socket> {
  const { hostname, port } = new URL(server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.on("error", () => {})
  await once(socket, "connect")
  socket.write(
    `POST /v1/api/conversations/${otherConversation}/messages HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${sender.token}\r\nContent-Type: application/json\r\nContent-Length: ${16 * 1024 * 1024}\r\n\r\n{`,
  )
  return socket
}

import { setTimeout as sleep } from "node:timers/promises"

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript } from "../../support/model-script.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const rounds = 8

let cluster: Cluster
let servers: [ServerProcess, ServerProcess]

beforeAll(async () => {
  cluster = await createCluster()
  cluster.model.script(builtInScript("unique", { words: 8, paceMs: 5 }))
  servers = await Promise.all([cluster.start(), cluster.start()])
})

afterAll(() => cluster.stop())

beforeEach(() => {
  cluster.submits.length = 0
})

const path = (conversationId: string, rest: string) =>
  `/v1/api/conversations/${conversationId}${rest}`

describe("concurrently on two processes", () => {
  test("submit and delete: accepted or not found, and no turn is left to run", async () => {
    const [first, second] = servers
    for (let round = 0; round < rounds; round += 1) {
      const conversationId = await cluster.createConversation()
      const reader = cluster.follow(conversationId, () => first)
      const [sent, deleted] = await Promise.all([
        Promise.all([
          cluster.submit(first, conversationId),
          cluster.submit(second, conversationId),
          cluster.submit(first, conversationId),
        ]),
        cluster.request(second, "DELETE", path(conversationId, "")),
      ])
      expect(deleted.status).toBe(200)
      for (const one of sent) expect([202, 404]).toContain(one.status)
      const later = await cluster.submit(second, conversationId)
      expect(later.status).toBe(404)
      await waitFor(() => !reader.isAttached(), { timeoutMs: 5_000 })
      await reader.stop()
    }
    const open = await cluster.db.$client`
      select id, status from turns where status <> 'ended'`
    expect([...open]).toEqual([])
    const heads = await cluster.db.$client`
      select heads.* from heads join conversations on conversations.id = heads.conversation_id
      where conversations.deleted_at is not null`
    expect([...heads]).toEqual([])
    const countRows = async () => {
      const [row] = await cluster.db.$client<{ count: number }[]>`
        select count(*)::int as count from journal`
      return row?.count
    }
    const before = await countRows()
    await sleep(1_000)
    expect(await countRows()).toBe(before)
  })

  test("submits, interrupts, nudges, withdrawals and renames: each turn ends once, in order", async () => {
    const conversations = await Promise.all(
      Array.from({ length: 6 }, () => cluster.createConversation()),
    )
    const readers = conversations.map((id, index) =>
      cluster.follow(id, () => servers[index % 2] ?? servers[0]),
    )
    const statuses: number[] = []
    const send = async (server: ServerProcess, method: string, route: string, body?: unknown) => {
      statuses.push((await cluster.request(server, method, route, body)).status)
    }
    const submitAndTakeBack = async (server: ServerProcess, id: string, isStop: boolean) => {
      const turnId = String((await cluster.submit(server, id)).body["turn_id"])
      if (isStop) await send(server, "POST", path(id, "/interrupt"), { turn_id: turnId })
      else await send(server, "DELETE", path(id, `/turns/${turnId}`))
    }
    for (let round = 0; round < 4; round += 1) {
      await Promise.all(
        conversations.flatMap((id) => [
          ...servers.map((server, place) =>
            submitAndTakeBack(server, id, (round + place) % 2 === 0),
          ),
          send(servers[0], "POST", path(id, "/nudge"), { text: "and this" }),
          send(servers[1], "POST", path(id, "/interrupt"), {}),
          send(servers[0], "PATCH", path(id, ""), { title: `title ${round}` }),
        ]),
      )
    }
    // 409: it had started and can no longer be withdrawn.
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([])
    expect(cluster.submits.map((one) => one.status)).toEqual(cluster.submits.map(() => 202))
    await checkInvariants(cluster, servers[0])
    await Promise.all(readers.map((reader) => reader.stop()))
    for (const server of servers) expect(server.logs()).not.toMatch(/deadlock/)
  })

  test("many nudges at the end of a turn: each is read by the model or was refused", async () => {
    const heard: string[] = []
    cluster.model.script(function* (requestNumber, body) {
      heard.push(JSON.stringify(body.messages))
      yield { type: "text", text: `answer ${requestNumber}` }
    })
    for (let round = 0; round < rounds; round += 1) {
      const conversationId = await cluster.createConversation()
      const sent = await cluster.submit(servers[0], conversationId)
      const nudges = await Promise.all(
        Array.from({ length: 6 }, async (_, index) => {
          const text = `nudge-${round}-${index}-`
          const server = servers[index % 2] ?? servers[0]
          const answer = await cluster.request(server, "POST", path(conversationId, "/nudge"), {
            text,
          })
          return { text, isTaken: answer.json["buffered"] === true }
        }),
      )
      const reader = cluster.follow(conversationId, () => servers[1])
      await reader.done(String(sent.body["turn_id"]))
      await checkInvariants(cluster, servers[0], [reader])
      for (const { text, isTaken } of nudges) {
        expect(heard.some((messages) => messages.includes(text))).toBe(isTaken)
      }
    }
  })
})

import { afterAll, describe, expect, test, vi } from "vitest"

import { createCluster, type Cluster, type ServerProcess } from "../../support/cluster.ts"
import { checkInvariants } from "../../support/invariants.ts"
import { builtInScript, say } from "../../support/model-script.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const exitLimitMs = 10_000
const exitLimitWithTurnsMs = 25_000
const streams = 200

const clusters: Cluster[] = []

afterAll(() => Promise.all(clusters.map((cluster) => cluster.stop())))

/** One cluster per test: they run concurrently, since one of them mostly waits. */
async function openCluster(): Promise<Cluster> {
  const cluster = await createCluster()
  clusters.push(cluster)
  return cluster
}

/** Streams of several conversations on one server, which reconnect to the next when it ends. */
async function attachTo(
  cluster: Cluster,
  server: ServerProcess,
  next: () => ServerProcess,
  count: number,
) {
  const conversations = await Promise.all(
    Array.from({ length: 10 }, () => cluster.createConversation()),
  )
  const readers = Array.from({ length: count }, (_, index) =>
    cluster.follow(conversations[index % conversations.length] ?? "", () => next()),
  )
  await waitFor(() => readers.every((reader) => reader.isAttached()), { timeoutMs: 15_000 })
  const submits = await Promise.all(conversations.map((id) => cluster.submit(server, id)))
  const turnOf = new Map(submits.map((one) => [one.conversationId, String(one.body["turn_id"])]))
  return { readers, turnOf: (id: string) => turnOf.get(id) ?? "" }
}

describe.concurrent("SIGTERM", () => {
  test("with 200 open streams and ending turns: exits in time, and no client misses or repeats an event", async () => {
    const cluster = await openCluster()
    cluster.model.script(builtInScript("unique", { words: 60, paceMs: 50 }))
    const [first, second] = await Promise.all([cluster.start(), cluster.start()])
    let target = first
    const { readers, turnOf } = await attachTo(cluster, first, () => target, streams)
    await waitFor(() => readers.every((reader) => reader.events.length > 5), { timeoutMs: 15_000 })
    target = second
    const { code, tookMs } = await first.kill("SIGTERM")
    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(exitLimitMs)
    await Promise.all(readers.map((reader) => reader.done(turnOf(reader.conversationId))))
    for (const reader of readers) {
      expect(reader.endings).toEqual([{ isClean: true, hadRetry: true }])
    }
    const [row] = await cluster.db.$client<{ attempts: number }[]>`
      select max(attempt) as attempts from turns`
    // The running turn finished on its own server.
    expect(row?.attempts).toBe(1)
    await checkInvariants(cluster, second, readers)
    await second.kill()
  })

  test("releases an unfinished turn without counting a crash, and another process continues it", async () => {
    const cluster = await openCluster()
    const requests = new Set<string>()
    const unique = builtInScript("unique", { words: 5 })
    cluster.model.script((requestNumber, body) => {
      const text = JSON.stringify(body.messages.at(-1))
      if (requests.has(text)) return unique(requestNumber, body)
      requests.add(text)
      return [say("so far"), { type: "stall" }]
    })
    const first = await cluster.start()
    let target = first
    const { readers, turnOf } = await attachTo(cluster, first, () => target, 10)
    await waitFor(() =>
      readers.every((reader) => reader.keptText(turnOf(reader.conversationId)) !== ""),
    )
    // Started only now: a turn claimed by it would stall there and not be released.
    const second = await cluster.start()
    target = second
    const { code, tookMs } = await first.kill("SIGTERM")
    expect(code).toBe(0)
    expect(tookMs).toBeLessThan(exitLimitWithTurnsMs)
    await Promise.all(readers.map((reader) => reader.done(turnOf(reader.conversationId))))
    await checkInvariants(cluster, second, readers)
    const crashed = await cluster.db.$client`select id from turns where crashes > 0`
    expect([...crashed]).toEqual([])
    await second.kill()
  })
})

import { afterAll, beforeAll, expect, test, vi } from "vitest"

import { createCluster, type Cluster } from "../../support/cluster.ts"
import { checkInvariants, readJournal } from "../../support/invariants.ts"
import { builtInScript, callTools, say, type ModelScript } from "../../support/model-script.ts"
import { startToolCounter, type ToolCounter } from "../../support/tool-counter.ts"
import { waitFor } from "../../support/wait-for.ts"

// Starting processes is slow beside other tests.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const leaseSeconds = 4

const endless = builtInScript("unique", { words: 5_000, paceMs: 20 })

let cluster: Cluster
let counter: ToolCounter

beforeAll(async () => {
  ;[cluster, counter] = await Promise.all([createCluster(), startToolCounter()])
})

afterAll(async () => {
  await cluster.stop()
  counter.close()
})

test("a driver paused for longer than its lease writes nothing when it resumes", async () => {
  const unique = builtInScript("unique", { words: 60, paceMs: 20 })
  const asked = new Set<string>()
  /** First attempts run until they are paused: half in an answer, half in a tool. */
  const script: ModelScript = (requestNumber, body) => {
    const text = JSON.stringify(body.messages.find((message) => message.role === "user")?.content)
    if (asked.has(text)) return unique(requestNumber, body)
    asked.add(text)
    if (!text.includes("tool")) return endless(requestNumber, body)
    return [say("Counting. "), callTools({ name: "count_visit", args: { delay_ms: 60_000 } })]
  }
  cluster.model.script(script)
  const options = { leaseSeconds, toolUrl: counter.url }
  const paused = await cluster.start(options)
  const conversations = await Promise.all(
    Array.from({ length: 6 }, () => cluster.createConversation()),
  )
  let target = paused
  const readers = conversations.map((id) => cluster.follow(id, () => target))
  const sent = await Promise.all(
    conversations.map((id, index) =>
      cluster.submit(paused, id, { text: `${index % 2 === 0 ? "tool" : "talk"} ${id}` }),
    ),
  )
  const other = await cluster.start(options)
  await waitFor(
    () =>
      readers.every((reader, index) =>
        index % 2 === 0
          ? counter.count(reader.conversationId) === 1
          : reader.events.some((event) => event.event === "text_delta"),
      ),
    { timeoutMs: 15_000 },
  )
  paused.signal("SIGSTOP")
  target = other
  const countTaken = async () => {
    const [row] = await cluster.db.$client<{ count: number }[]>`
      select count(*)::int as count from turns where attempt > 1`
    return row?.count ?? 0
  }
  await waitFor(async () => (await countTaken()) === 6, { timeoutMs: 15_000 })
  // The first attempts resume in the middle of the second ones.
  paused.signal("SIGCONT")
  const fromOther = conversations.map((id) => cluster.follow(id, () => other))
  await Promise.all(
    fromOther.map((reader, index) => reader.done(String(sent[index]?.body["turn_id"]), 30_000)),
  )
  await Promise.all(
    readers.map((reader, index) => reader.done(String(sent[index]?.body["turn_id"]), 30_000)),
  )
  await checkInvariants(cluster, other, [...readers, ...fromOther])
  for (const [index, conversationId] of conversations.entries()) {
    expect(counter.count(conversationId)).toBe(index % 2 === 0 ? 1 : 0)
    const entries = await readJournal(cluster, other, conversationId)
    const attempts = entries
      .filter((entry) => entry.kind === "turn_started")
      .map((entry) => entry.payload["attempt"])
    expect(attempts).toEqual([1, 2])
  }
  // The resumed process drives turns again.
  cluster.model.script(unique)
  const conversationId = await cluster.createConversation()
  await other.kill()
  const last = await cluster.submit(paused, conversationId)
  const reader = cluster.follow(conversationId, () => paused)
  await reader.done(String(last.body["turn_id"]))
  await checkInvariants(cluster, paused, [reader])
})

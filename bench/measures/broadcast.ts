import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

import { Connection } from "../client/connection.ts"
import { EventStream, requireOpen } from "../client/event-stream.ts"
import { median } from "../client/numbers.ts"
import { submitBody, takeConversations, type Contestant } from "../contestant.ts"
import { nowMicros } from "../now.ts"
import { atMost, atMostValue, type Report } from "../report.ts"
import type { Stage } from "../stage.ts"
import { spread } from "./delta.ts"

const readers = 1_000
const tokens = 16
const perSecond = 4
const patienceMs = 10_000

/** One conversation with 1,000 readers: the time until the last of them has a token. */
export async function measureBroadcast(
  stage: Stage,
  report: Report,
  options: { rounds: number },
): Promise<void> {
  const contestants: Contestant[] = [
    await stage.startFloor("floor"),
    await stage.startProduct({ conversations: options.rounds + 1 }),
  ]
  const last = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  const blocked = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = -1; round < options.rounds; round += 1) {
    for (const contestant of contestants) {
      const result = await broadcast(contestant)
      if (round < 0) continue
      last.get(contestant.name)?.push(result.lastMs)
      blocked.get(contestant.name)?.push(result.blockedMs)
    }
  }
  const pick = (values: Map<string, number[]>, name: string) => values.get(name) ?? []
  report.compare({
    measure: "broadcast to 1,000 readers, a token at the last of them",
    unit: "p50 ms",
    product: pick(last, "product"),
    floor: pick(last, "floor"),
    floorName: "floor",
    target: atMost(1.5),
  })
  report.compare({
    measure: "broadcast to 1,000 readers, event loop blocked at most",
    unit: "ms",
    product: pick(blocked, "product"),
    floor: pick(blocked, "floor"),
    floorName: "floor",
    target: atMostValue(20),
  })
  for (const contestant of contestants) await contestant.child.end()
}

async function broadcast(contestant: Contestant): Promise<{ lastMs: number; blockedMs: number }> {
  const [id = ""] = takeConversations(contestant, 1)
  const lastByToken = new Map<string, number>()
  let received = 0
  const onFrames = (frames: string) => {
    const now = nowMicros()
    for (const [, emitted = ""] of frames.split("event: final\n", 1)[0]?.matchAll(/~(\d+)\//g) ??
      []) {
      received += 1
      lastByToken.set(emitted, (now - Number(emitted)) / 1_000)
    }
  }
  const streams: EventStream[] = []
  await spread(
    Array.from({ length: readers }, (_, index) => index),
    32,
    async () => {
      streams.push(await EventStream.open(contestant.port, contestant.stream(id), onFrames))
    },
  )
  await sleep(500)
  const connection = await Connection.open(contestant.port)
  await contestant.child.ask("loop_start")
  const text = `run ${tokens} ${1e6 / perSecond}`
  await connection.send(contestant.submit(id, submitBody(text, randomUUID())))
  const deadline = performance.now() + (tokens / perSecond) * 1_000 + patienceMs
  while (received < tokens * readers && performance.now() < deadline) await sleep(20)
  const blockedMs = await contestant.child.ask("loop_max")
  connection.close()
  requireOpen(contestant.name, streams)
  for (const stream of streams) stream.close()
  if (received < tokens * readers) throw new Error(`${contestant.name} delivered ${received}`)
  return { lastMs: median([...lastByToken.values()]), blockedMs }
}

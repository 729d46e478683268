import { setTimeout as sleep } from "node:timers/promises"

import { EventStream, requireOpen } from "../client/event-stream.ts"
import { takeConversations, type Contestant } from "../contestant.ts"
import { atMostValue, type Report } from "../report.ts"
import type { Stage } from "../stage.ts"
import { spread } from "./delta.ts"

/** Memory per idle stream, each on a conversation of its own. */
export async function measureIdle(
  stage: Stage,
  report: Report,
  options: { streams: number; against?: string },
): Promise<void> {
  const conversations = options.streams + 400
  const contestants: Contestant[] = [
    await stage.startFloor("floor"),
    await stage.startProduct({ conversations }),
  ]
  if (options.against !== undefined) {
    const other = { conversations, folder: options.against, name: "against" }
    contestants.push(await stage.startProduct(other))
  }
  const kib = new Map<string, number>()
  for (const contestant of contestants) {
    kib.set(contestant.name, await perStream(contestant, options.streams))
    await contestant.child.end()
  }
  report.compare({
    measure: `idle stream, ${options.streams} open`,
    unit: "KB each",
    product: [kib.get("product") ?? Number.NaN],
    floor: [kib.get("floor") ?? Number.NaN],
    floorName: "floor",
    target: atMostValue(20),
    against: options.against === undefined ? [] : [kib.get("against") ?? Number.NaN],
  })
}

async function perStream(contestant: Contestant, count: number): Promise<number> {
  // Warm up the streaming code before measuring.
  for (const stream of await open(contestant, 400)) stream.close()
  await sleep(500)
  // The first quarter uses memory the process already had; only the rest is counted.
  const some = Math.floor(count / 4)
  const first = await open(contestant, some)
  await sleep(1_500)
  const before = await contestant.child.ask("memory")
  const rest = await open(contestant, count - some)
  await sleep(1_500)
  const after = await contestant.child.ask("memory")
  requireOpen(contestant.name, [...first, ...rest])
  for (const stream of [...first, ...rest]) stream.close()
  return (after - before) / (count - some) / 1_000
}

async function open(contestant: Contestant, count: number): Promise<EventStream[]> {
  const streams: EventStream[] = []
  await spread(takeConversations(contestant, count), 32, async (id) => {
    streams.push(await EventStream.open(contestant.port, contestant.stream(id), () => {}))
  })
  return streams
}

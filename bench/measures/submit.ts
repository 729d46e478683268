import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

import { Connection } from "../client/connection.ts"
import { median, quantile } from "../client/numbers.ts"
import { submitBody, takeConversations, type Contestant } from "../contestant.ts"
import { atMost, atLeast, type Report } from "../report.ts"
import type { Stage } from "../stage.ts"

const text =
  "What would you do first if you had to move a whole town to the other bank of its river?"
const conversationsUsed = 2_000
const replayedConversations = 200
const turnsPerProcess = 64
/** Until the JIT compiler has optimised the submit path. */
const warmUpMs = 2_000

interface Load {
  perSecond: number
  p50Ms: number
  p99Ms: number
  /** CPU time of the server's process per submit, in µs. */
  cpuMicros: number
}

/**
 * Accepted messages per second. Turns with silent models occupy all 64 slots of a process, so that
 * this measures the path to the 202 and not the work behind it; messages spread over 2,000
 * conversations, like those of many users.
 */
export async function measureSubmit(
  stage: Stage,
  report: Report,
  options: { roundMs: number; rounds: number; connections: readonly number[]; against?: string },
): Promise<void> {
  const floor = await stage.startFloor("floor", turnsPerProcess)
  const product = await stage.startProduct({ conversations: conversationsUsed + 200 })
  const contestants: Contestant[] = [floor, product]
  if (options.against !== undefined) {
    const conversations = conversationsUsed + 200
    const other = { folder: options.against, name: "against", conversations }
    contestants.push(await stage.startProduct(other))
  }
  const spread = new Map<Contestant, string[]>()
  const replays = new Map<Contestant, Body>()
  for (const contestant of contestants) {
    await occupy(stage, contestant)
    const ids = takeConversations(contestant, conversationsUsed)
    spread.set(contestant, ids)
    replays.set(contestant, await replayedBody(contestant, ids))
    await load(contestant, ids, 16, warmUpMs, freshBody)
  }
  for (const connections of options.connections) {
    for (const kind of ["fresh", "replayed"] as const) {
      const results = new Map<Contestant, Load[]>(contestants.map((one) => [one, []]))
      for (let round = 0; round < options.rounds; round += 1) {
        // Alternate the order, so that no contestant always runs first.
        for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
          const ids = spread.get(contestant) ?? []
          const body = kind === "fresh" ? freshBody : (replays.get(contestant) ?? freshBody)
          const result = await load(contestant, ids, connections, options.roundMs, body)
          results.get(contestant)?.push(result)
        }
      }
      addRows(report, connections, kind, results)
    }
  }
  for (const contestant of contestants) await contestant.child.end()
  await fetch(`http://127.0.0.1:${stage.model.port}/release`)
}

/** Fills every turn slot with a turn whose model withholds its answer. */
async function occupy(stage: Stage, contestant: Contestant): Promise<void> {
  const before = await openCalls(stage)
  const connection = await Connection.open(contestant.port)
  for (const id of takeConversations(contestant, turnsPerProcess)) {
    await connection.send(contestant.submit(id, submitBody("hold", randomUUID())))
  }
  connection.close()
  for (let tries = 0; (await openCalls(stage)) < before + turnsPerProcess; tries += 1) {
    if (tries > 200) throw new Error(`${contestant.name} did not start its turns`)
    await sleep(50)
  }
}

async function openCalls(stage: Stage): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${stage.model.port}/stats`)
  const { open } = (await response.json()) as { open: number }
  return open
}

type Body = (index: number) => string

const freshBody: Body = () => submitBody(text, randomUUID())

/** Already accepted keys, one per conversation. */
async function replayedBody(contestant: Contestant, ids: readonly string[]): Promise<Body> {
  const key = randomUUID()
  const connections = await Promise.all(Array.from({ length: 8 }, () => open(contestant)))
  let next = 0
  const some = ids.slice(0, replayedConversations)
  await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const id = some[next++]
        if (id === undefined) break
        await connection.send(contestant.submit(id, submitBody(text, key)))
      }
      connection.close()
    }),
  )
  return () => submitBody(text, key)
}

async function open(contestant: Contestant): Promise<Connection> {
  return await Connection.open(contestant.port)
}

async function load(
  contestant: Contestant,
  ids: readonly string[],
  connections: number,
  forMs: number,
  body: Body,
): Promise<Load> {
  const some = body === freshBody ? ids : ids.slice(0, replayedConversations)
  const all = await Promise.all(Array.from({ length: connections }, () => open(contestant)))
  const took: number[] = []
  let next = Math.floor(Math.random() * some.length)
  const cpuBefore = await contestant.child.ask("cpu")
  const startedAt = performance.now()
  await Promise.all(
    all.map(async (connection) => {
      while (performance.now() - startedAt < forMs) {
        const id = some[next++ % some.length] ?? ""
        const request = contestant.submit(id, body(next))
        const sentAt = performance.now()
        const { status, body: answer } = await connection.send(request)
        took.push(performance.now() - sentAt)
        // A replay accepted as new, or the reverse, would measure something else.
        if (status !== 202 || !answer.includes(`"idempotent":${body !== freshBody}`)) {
          throw new Error(`${contestant.name} answered ${status}: ${answer}`)
        }
      }
      connection.close()
    }),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const cpuMicros = (await contestant.child.ask("cpu")) - cpuBefore
  return {
    cpuMicros: cpuMicros / took.length,
    perSecond: took.length / seconds,
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
  }
}

function addRows(
  report: Report,
  connections: number,
  kind: "fresh" | "replayed",
  results: ReadonlyMap<Contestant, readonly Load[]>,
): void {
  const pick = (name: string, value: (load: Load) => number) =>
    [...results].find(([contestant]) => contestant.name === name)?.[1].map(value) ?? []
  const label = `submit, ${kind} keys, ${connections} connection${connections === 1 ? "" : "s"}`
  for (const [unit, value] of [
    ["accepted/s", (load: Load) => load.perSecond],
    ["p50 ms", (load: Load) => load.p50Ms],
    ["p99 ms", (load: Load) => load.p99Ms],
    ["µs of processor time each", (load: Load) => load.cpuMicros],
  ] as const) {
    const rate = unit === "accepted/s"
    const target =
      kind === "fresh"
        ? rate && connections === 64
          ? atLeast(0.6)
          : unit === "p50 ms" && connections === 1
            ? atMost(1.7)
            : null
        : null
    report.compare({
      measure: label,
      unit,
      product: pick("product", value),
      floor: pick("floor", value),
      floorName: "floor",
      target,
      against: pick("against", value),
    })
  }
  if (kind === "fresh") {
    report.remember(`submit ${connections}`, median(pick("floor", (load) => load.perSecond)))
  } else {
    const fresh = report.recall(`submit ${connections}`)
    report.compare({
      measure: `submit, replayed keys, ${connections} connection${connections === 1 ? "" : "s"}, against the floor's fresh keys`,
      unit: "accepted/s",
      product: pick("product", (load) => load.perSecond),
      floor: [fresh],
      floorName: "floor",
      target: connections === 64 ? atLeast(1) : null,
    })
  }
}

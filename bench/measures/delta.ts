import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

import { Connection } from "../client/connection.ts"
import { EventStream, requireOpen } from "../client/event-stream.ts"
import { median, quantile } from "../client/numbers.ts"
import { noteTokens, type TokenTimes } from "../client/token-times.ts"
import { submitBody, takeConversations, type Contestant } from "../contestant.ts"
import { nowMicros } from "../now.ts"
import { atLeastValue, atMost, type Report } from "../report.ts"
import type { Stage } from "../stage.ts"

interface DeltaCase {
  streams: number
  perSecond: number
  seconds: number
  rounds: number
  /** Whether the table of targets has a row for this case. */
  isTarget: boolean
}

interface Result {
  emitP50: number
  emitP99: number
  dueP50: number
  dueP99: number
  /** Share of the tokens that arrived within 2 s of the last due time, in percent. */
  delivered: number
  /** From the first submit until the model was called for every stream, in ms. */
  startMs: number
  /** CPU time of the server's process per token, in µs. */
  cpuMicros: number
}

/** Tokens due in the first second are not timed. */
const settleMs = 1_000
/** Tokens that arrive later than this after the last due time count as late. */
const inTimeMs = 2_000
/** Late tokens are awaited, so that they count instead of being left out. */
const patienceMs = 60_000
const startLimitMs = 50_000
/** Enough tokens for the JIT compiler: a production server has processed millions. */
const warmUp = { streams: 100, perSecond: 20, seconds: 5 }

/**
 * Measures from a token's write at the model to its arrival at the reader, including the commit.
 * The model holds every stream at a gate until all are open: otherwise a process that starts its
 * turns slowly would have few in parallel and look fast.
 */
export async function measureDelta(
  stage: Stage,
  report: Report,
  options: { cases: readonly DeltaCase[]; against?: string },
): Promise<void> {
  const { cases } = options
  const turnsMax = Math.max(...cases.map((one) => one.streams)) + 64
  const conversations =
    cases.reduce((sum, one) => sum + one.streams * one.rounds, 0) + warmUp.streams
  const contestants: Contestant[] = [
    await stage.startFloor("floor", turnsMax),
    await stage.startFloor("floorpg", turnsMax),
    await stage.startProduct({ turnsMax, conversations }),
  ]
  if (options.against !== undefined) {
    const other = { turnsMax, conversations, folder: options.against, name: "against" }
    contestants.push(await stage.startProduct(other))
  }
  for (const contestant of contestants) {
    await runStreams(stage, contestant, warmUp)
  }
  for (const one of cases) {
    const results = new Map<string, Result[]>(contestants.map(({ name }) => [name, []]))
    for (let round = 0; round < one.rounds; round += 1) {
      for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
        results.get(contestant.name)?.push(await runStreams(stage, contestant, one))
        await sleep(300)
      }
    }
    addRows(report, one, results)
  }
  for (const contestant of contestants) await contestant.child.end()
}

async function runStreams(
  stage: Pick<Stage, "model">,
  contestant: Contestant,
  load: Pick<DeltaCase, "streams" | "perSecond" | "seconds">,
): Promise<Result> {
  const ids = takeConversations(contestant, load.streams)
  const times: TokenTimes = { fromEmit: [], fromDue: [], count: 0 }
  let sinceMicros = Infinity
  const streams: EventStream[] = []
  await spread(ids, 32, async (id) => {
    const onFrames = (frames: string) => noteTokens(frames, times, sinceMicros)
    streams.push(await EventStream.open(contestant.port, contestant.stream(id), onFrames))
  })
  const startedAt = performance.now()
  const tokens = Math.round(load.perSecond * (load.seconds + settleMs / 1_000))
  await submitToGate(contestant, ids, `gate ${tokens} ${Math.round(1e6 / load.perSecond)}`)
  await untilAtGate(stage, contestant, load.streams)
  const startMs = performance.now() - startedAt
  const cpuBefore = await contestant.child.ask("cpu")
  sinceMicros = nowMicros() + settleMs * 1_000
  await askModel(stage, "start")
  const expected = tokens * load.streams
  const lastDueAt = performance.now() + (tokens / load.perSecond) * 1_000
  const here = async (untilMs: number) => {
    while (times.count < expected && performance.now() < untilMs) await sleep(20)
  }
  await here(lastDueAt + inTimeMs)
  const delivered = (100 * times.count) / expected
  await here(lastDueAt + patienceMs)
  const cpuMicros = (await contestant.child.ask("cpu")) - cpuBefore
  requireOpen(contestant.name, streams)
  for (const stream of streams) stream.close()
  requireAll(contestant, times, { expected, load })
  return {
    cpuMicros: cpuMicros / times.count,
    startMs,
    emitP50: quantile(times.fromEmit, 0.5),
    emitP99: quantile(times.fromEmit, 0.99),
    dueP50: quantile(times.fromDue, 0.5),
    dueP99: quantile(times.fromDue, 0.99),
    delivered,
  }
}

async function submitToGate(
  contestant: Contestant,
  ids: readonly string[],
  text: string,
): Promise<void> {
  const connections = await Promise.all(
    Array.from({ length: 8 }, () => Connection.open(contestant.port)),
  )
  await spread(ids, connections.length, async (id, worker) => {
    const request = contestant.submit(id, submitBody(text, randomUUID()))
    const answer = await connections[worker]?.send(request)
    if (answer?.status !== 202) throw new Error(`${contestant.name}: ${answer?.status}`)
  })
  for (const connection of connections) connection.close()
}

async function untilAtGate(
  stage: Pick<Stage, "model">,
  contestant: Contestant,
  count: number,
): Promise<void> {
  const deadline = performance.now() + startLimitMs
  while ((await askModel(stage, "stats")).atGate < count) {
    if (performance.now() > deadline) throw new Error(`${contestant.name} started too few turns`)
    await sleep(20)
  }
}

async function askModel(
  stage: Pick<Stage, "model">,
  path: "start" | "stats",
): Promise<{ atGate: number }> {
  const response = await fetch(`http://127.0.0.1:${stage.model.port}/${path}`)
  return (await response.json()) as { atGate: number }
}

/** Partial timings are meaningless: the missing tokens are not the fast ones. */
function requireAll(
  contestant: Contestant,
  times: TokenTimes,
  {
    expected,
    load,
  }: { expected: number; load: Pick<DeltaCase, "streams" | "perSecond" | "seconds"> },
): void {
  if (times.count !== expected) {
    throw new Error(`${contestant.name}: ${times.count} of ${expected} tokens came`)
  }
  const due = load.streams * load.perSecond * load.seconds
  // The random start within an interval moves at most one token per stream across the boundary.
  if (Math.abs(times.fromEmit.length - due) > load.streams) {
    throw new Error(`${contestant.name}: ${times.fromEmit.length} tokens timed instead of ${due}`)
  }
}

/** Runs `work` on every item with bounded concurrency. */
export async function spread<T>(
  items: readonly T[],
  workers: number,
  work: (item: T, worker: number) => Promise<void>,
): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (;;) {
        const item = items[next++]
        if (item === undefined) return
        await work(item, worker)
      }
    }),
  )
}

function addRows(
  report: Report,
  one: DeltaCase,
  results: ReadonlyMap<string, readonly Result[]>,
): void {
  const pick = (name: string, value: (result: Result) => number) =>
    results.get(name)?.map(value) ?? []
  const plural = one.streams === 1 ? "" : "s"
  const label = `delta, ${one.streams} stream${plural} × ${one.perSecond}/s`
  const add = (unit: string, value: (result: Result) => number, bound: number) => {
    report.compare({
      measure: label,
      unit,
      product: pick("product", value),
      floor: pick("floorpg", value),
      floorName: "floorpg",
      target: one.isTarget ? atMost(bound) : null,
      against: pick("against", value),
    })
  }
  add("p50 ms from the model", (result) => result.emitP50, 1.5)
  add("p99 ms from the model", (result) => result.emitP99, 2)
  add("p50 ms from schedule", (result) => result.dueP50, 1.5)
  add("p99 ms from schedule", (result) => result.dueP99, 2)
  report.compare({
    measure: label,
    unit: "µs of processor time per token",
    product: pick("product", (result) => result.cpuMicros),
    floor: pick("floorpg", (result) => result.cpuMicros),
    floorName: "floorpg",
    against: pick("against", (result) => result.cpuMicros),
  })
  report.compare({
    measure: label,
    unit: "ms until the model is called for all",
    product: pick("product", (result) => result.startMs),
    floor: pick("floorpg", (result) => result.startMs),
    floorName: "floorpg",
    against: pick("against", (result) => result.startMs),
  })
  const bare = median(pick("floor", (result) => result.emitP50))
  const bareTail = median(pick("floor", (result) => result.emitP99))
  console.log(`  (floor, which stores nothing: ${bare.toFixed(2)} / ${bareTail.toFixed(2)} ms)`)
  report.compare({
    measure: label,
    unit: "% here 2 s after the last was due",
    product: pick("product", (result) => result.delivered),
    floor: pick("floorpg", (result) => result.delivered),
    floorName: "floorpg",
    target: one.streams >= 100 ? atLeastValue(100) : null,
  })
}

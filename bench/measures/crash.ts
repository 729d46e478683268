import { createHash, randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"

import { Connection } from "../client/connection.ts"
import { EventStream } from "../client/event-stream.ts"
import { submitBody, takeConversations } from "../contestant.ts"
import { atMostValue, type Report } from "../report.ts"
import type { Floor, Product, Stage } from "../stage.ts"

const turns = 8
const tokens = 80
const everyMicros = 50_000
const runsBeforeKillMs = 1_500
const limitMs = 40_000

/** Kills a driver in the middle of its turns: time to the next token, and lost data. */
export async function measureCrash(
  stage: Stage,
  report: Report,
  options: { rounds: number },
): Promise<void> {
  const takeover: number[] = []
  const restart: number[] = []
  const floorRestart: number[] = []
  let faults = 0
  for (let round = 0; round < options.rounds; round += 1) {
    const elsewhere = await killWithNeighbour(stage)
    takeover.push(...elsewhere.gapsMs)
    const alone = await killAlone(stage)
    restart.push(...alone.gapsMs)
    faults += elsewhere.faults + alone.faults
    floorRestart.push(await killFloor(stage))
  }
  report.compare({
    measure: "takeover by another process, kill -9 to the next token",
    unit: "p50 ms",
    product: takeover,
    target: atMostValue(6_000),
  })
  report.compare({
    measure: "takeover by another process, the slowest turn",
    unit: "ms",
    product: [Math.max(...takeover)],
    target: atMostValue(6_000),
  })
  report.compare({
    measure: "restart after kill -9, ready to the next token, the slowest turn",
    unit: "ms",
    product: [Math.max(...restart)],
    floor: [Math.max(...floorRestart)],
    floorName: "floorlog",
    target: atMostValue(2_000),
  })
  report.compare({
    measure: "events lost or doubled, or a kept text that is not its final, after all these kills",
    unit: "turns",
    product: [faults],
    target: atMostValue(0),
  })
}

interface Outcome {
  gapsMs: number[]
  faults: number
}

/** Readers are attached to one process, the killed one drives the turns. */
async function killWithNeighbour(stage: Stage): Promise<Outcome> {
  const driver = await stage.startProduct({ conversations: turns })
  const ids = takeConversations(driver, turns)
  // A process drives the turns submitted to it while it has capacity.
  const neighbour = await stage.joinProduct(driver)
  const readers = await Promise.all(ids.map((id) => Reader.attach(neighbour, id)))
  await submitAll(driver, ids)
  await sleep(runsBeforeKillMs)
  await driver.child.kill()
  const killedAt = performance.now()
  requireRunning(readers)
  const outcome = await afterKill(readers, killedAt)
  await neighbour.child.kill()
  return outcome
}

/** Kills and restarts the only process; readers reconnect with their cursors. */
async function killAlone(stage: Stage): Promise<Outcome> {
  const first = await stage.startProduct({ conversations: turns })
  const ids = takeConversations(first, turns)
  const readers = await Promise.all(ids.map((id) => Reader.attach(first, id)))
  await submitAll(first, ids)
  await sleep(runsBeforeKillMs)
  await first.child.kill()
  requireRunning(readers)
  const second = await stage.joinProduct(first)
  const readyAt = performance.now()
  await Promise.all(readers.map((reader) => reader.attachAgain(second)))
  const outcome = await afterKill(readers, readyAt)
  await second.child.kill()
  return outcome
}

async function killFloor(stage: Stage): Promise<number> {
  const first = await stage.startFloor("floorlog")
  const ids = takeConversations(first, turns)
  await submitAll(first, ids)
  await sleep(runsBeforeKillMs)
  await first.child.kill()
  const second = await stage.restartFloor(first)
  const readyAt = performance.now()
  const readers = await Promise.all(ids.map((id) => Reader.attach(second, id)))
  await untilTrue(() => readers.every((reader) => reader.firstTokenSince(readyAt) !== null))
  const gaps = readers.map((reader) => (reader.firstTokenSince(readyAt) ?? Infinity) - readyAt)
  await second.child.kill()
  return Math.max(...gaps)
}

async function submitAll(target: Product | Floor, ids: readonly string[]): Promise<void> {
  const connection = await Connection.open(target.port)
  for (const id of ids) {
    const body = submitBody(`run ${tokens} ${everyMicros}`, randomUUID())
    await connection.send(target.submit(id, body))
  }
  connection.close()
}

async function afterKill(readers: readonly Reader[], sinceMs: number): Promise<Outcome> {
  await untilTrue(() => readers.every((reader) => reader.isDone))
  for (const reader of readers) reader.close()
  // Turns driven by the surviving process were not taken over and prove nothing.
  const takenOver = readers.filter((reader) => reader.attempts > 1)
  if (takenOver.length < turns / 2)
    throw new Error(`only ${takenOver.length} turns were taken over`)
  return {
    gapsMs: takenOver.map((reader) => (reader.firstTokenSince(sinceMs) ?? Infinity) - sinceMs),
    faults: readers.filter((reader) => !reader.isWhole()).length,
  }
}

/** Requires that every turn is in the middle of its answer. */
function requireRunning(readers: readonly Reader[]): void {
  const idle = readers.filter((reader) => reader.tokens === 0 || reader.isDone).length
  if (idle > 0) throw new Error(`${idle} turns were not running when their process was killed`)
}

async function untilTrue(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("a turn did not go on after the kill")
    await sleep(20)
  }
}

interface SeenEvent {
  seq: number
  kind: string
  json: string
  atMs: number
}

/** A client's view of one conversation, over one or two streams. */
class Reader {
  readonly #id: string
  #events: SeenEvent[] = []
  #stream: EventStream | null = null

  private constructor(id: string) {
    this.#id = id
  }

  static async attach(target: Product | Floor, id: string): Promise<Reader> {
    const reader = new Reader(id)
    await reader.#open(target)
    return reader
  }

  async attachAgain(target: Product): Promise<void> {
    await this.#open(target, this.#events.at(-1)?.seq)
  }

  async #open(target: Product | Floor, cursor?: number): Promise<void> {
    this.#stream = await EventStream.open(
      target.port,
      target.stream(this.#id, cursor),
      (frames) => {
        const atMs = performance.now()
        for (const [, seq, kind = "", json = ""] of frames.matchAll(
          /id: (\d+)\nevent: (\w+)\ndata: (.*)\n/g,
        )) {
          this.#events.push({ seq: Number(seq), kind, json, atMs })
        }
      },
    )
  }

  get isDone(): boolean {
    return this.#events.at(-1)?.kind === "done"
  }

  get tokens(): number {
    return this.#events.filter(({ kind }) => kind === "text_delta").length
  }

  get attempts(): number {
    return this.#events.filter(({ kind }) => kind === "turn_started").length
  }

  firstTokenSince(sinceMs: number): number | null {
    // Events written before the kill may still arrive: only a new attempt counts.
    const restarted = this.#events.findLastIndex(({ kind }) => kind === "turn_started")
    const found = this.#events.find(
      ({ kind, atMs }, at) => at > restarted && kind === "text_delta" && atMs > sinceMs,
    )
    return found?.atMs ?? null
  }

  /** Every seq once, and the kept text equals that of `final`, including its hash. */
  isWhole(): boolean {
    const events = this.#events
    const first = events[0]?.seq ?? 0
    if (events.some(({ seq }, at) => seq !== first + at)) return false
    let kept: { seq: number; text: string }[] = []
    let final: { text: string; text_sha256: string } | null = null
    for (const { seq, kind, json } of events) {
      if (kind === "text_delta")
        kept.push({ seq, text: (JSON.parse(json) as { text: string }).text })
      else if (kind === "turn_started") {
        const { keep_seq } = JSON.parse(json) as { keep_seq: number }
        kept = kept.filter((delta) => delta.seq <= keep_seq)
      } else if (kind === "final") final = JSON.parse(json) as { text: string; text_sha256: string }
    }
    const text = kept.map((delta) => delta.text).join("")
    if (final === null || text !== final.text) return false
    return createHash("sha256").update(text).digest("hex") === final.text_sha256
  }

  close(): void {
    this.#stream?.close()
  }
}

import { setTimeout as delay } from "node:timers/promises"

import type { Database } from "#db/client.ts"
import { appendRows, settleAppend, type AppendOutcome } from "#db/queries/journal.ts"
import { isOutage } from "#lib/failures/is-outage.ts"
import type { Log } from "#lib/log.ts"

import type { EventBatch } from "./encoded-event.ts"
import { TurnLog, type GatheredEvent } from "./turn-log.ts"

/** A statement stays below these, so that one huge turn does not hold up the others. */
const turnsPerAppendMax = 512
const bytesPerAppendMax = 4 * 1024 * 1024
/** A head that stays locked this long will not be released soon: retry more slowly. */
const busyPauseMs = 5

interface WriterOptions {
  db: Database
  log: Log
  /** Called once per turn and append, after the commit and before anything else is appended. */
  onCommitted: (batch: EventBatch) => void
  /** How long appends are retried while Postgres is away, before the turns are given up. */
  outageMs: number
}

interface Flight {
  turn: TurnLog
  events: readonly GatheredEvent[]
}

/**
 * The one append loop of a process. Events are batched while a statement is in flight; the next
 * statement appends the batches of every turn. Nothing is published before its commit.
 */
export class JournalWriter {
  readonly #options: WriterOptions
  readonly #dirty = new Set<TurnLog>()
  #running: Promise<void> | null = null

  constructor(options: WriterOptions) {
    this.#options = options
  }

  open(turn: ConstructorParameters<typeof TurnLog>[0]): TurnLog {
    const log: TurnLog = new TurnLog(turn, () => {
      this.#dirty.add(log)
      this.#running ??= this.#run()
    })
    return log
  }

  /** Settles when no append is in flight and none waits. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async #run(): Promise<void> {
    // Yield to the event loop once, so that events of the same tick share a batch.
    await new Promise<void>((resolve) => setImmediate(resolve))
    try {
      while (this.#dirty.size > 0) {
        const flights = this.#takeBatch()
        if (flights.length > 0) await this.#writeOrFail(flights)
      }
    } finally {
      this.#running = null
    }
  }

  /** A failure that is neither an outage nor a refusal ends these turns, never the loop. */
  async #writeOrFail(flights: readonly Flight[]): Promise<void> {
    try {
      await this.#write(flights)
    } catch (error) {
      this.#options.log.error({ err: error }, "unexpected append failure")
      for (const { turn } of flights) turn.fail({ kind: "rejected", error })
    }
  }

  #takeBatch(): Flight[] {
    const flights: Flight[] = []
    let bytes = 0
    for (const turn of this.#dirty) {
      if (flights.length >= turnsPerAppendMax || bytes >= bytesPerAppendMax) break
      this.#dirty.delete(turn)
      if (turn.failure !== null || !turn.hasGathered()) continue
      const events = turn.take()
      for (const event of events) bytes += event.json.length + (event.detailJson?.length ?? 0)
      flights.push({ turn, events })
    }
    return flights
  }

  async #write(flights: readonly Flight[]): Promise<void> {
    let outcomes: AppendOutcome[]
    try {
      outcomes = await appendRows(this.#options.db, flights.map(toAppendedTurn))
    } catch (error) {
      await this.#recover(flights, error)
      return
    }
    let isAnyBusy = false
    flights.forEach((flight, index) => {
      const outcome = outcomes[index] ?? { state: "lost" }
      if (outcome.state === "written") this.#commit(flight, outcome)
      else if (outcome.state === "lost") flight.turn.fail({ kind: "lost" })
      else {
        isAnyBusy = true
        this.#dirty.add(flight.turn)
      }
    })
    if (isAnyBusy) await delay(busyPauseMs)
  }

  #commit(flight: Flight, outcome: { base: number; interrupt: boolean }): void {
    const { turn, events } = flight
    const lastSeq = outcome.base + events.length
    const batch: EventBatch = {
      conversationId: turn.conversationId,
      firstSeq: outcome.base + 1,
      lastSeq,
      events: events.map((event, index) => ({
        seq: outcome.base + 1 + index,
        kind: event.kind,
        json: event.json,
      })),
    }
    turn.settle(lastSeq)
    if (turn.hasGathered()) this.#dirty.add(turn)
    this.#options.onCommitted(batch)
    if (outcome.interrupt) turn.onInterrupt?.()
  }

  /**
   * A failed statement wrote nothing, unless the connection broke before its answer came. A refused
   * value is narrowed down turn by turn, so that only the offender ends.
   */
  async #recover(flights: readonly Flight[], error: unknown): Promise<void> {
    if (!isOutage(error)) {
      const [only] = flights
      if (flights.length === 1 && only !== undefined) {
        this.#options.log.warn({ err: error, turn: only.turn.turnId }, "an append was refused")
        only.turn.fail({ kind: "rejected", error })
        return
      }
      for (const flight of flights) await this.#write([flight])
      return
    }
    this.#options.log.warn({ err: error, turns: flights.length }, "an append met an outage")
    const deadline = Date.now() + this.#options.outageMs
    const unknown = [...flights]
    for (let pauseMs = 50; Date.now() < deadline; pauseMs = Math.min(pauseMs * 2, 1_000)) {
      await delay(pauseMs)
      if (await this.#settleUnknown(unknown)) return
    }
    for (const { turn } of unknown) turn.fail({ kind: "lost" })
  }

  /**
   * After an outage, commits appends that were written and requeues the others. A settled flight is
   * removed from `unknown`: checking it again could mistake later rows of its turn for this append.
   */
  async #settleUnknown(unknown: Flight[]): Promise<boolean> {
    try {
      for (let flight = unknown[0]; flight !== undefined; flight = unknown[0]) {
        const { turn } = flight
        const found = await settleAppend(this.#options.db, {
          ...toAppendedTurn(flight),
          sinceSeq: turn.committedSeq,
        })
        if (found.state === "written") this.#commit(flight, found)
        else if (found.state === "lost") turn.fail({ kind: "lost" })
        else {
          turn.appendNumber += 1
          this.#dirty.add(turn)
        }
        unknown.shift()
      }
      return true
    } catch (error) {
      if (!isOutage(error)) throw error
      this.#options.log.warn({ err: error }, "Postgres is still away")
      return false
    }
  }
}

function toAppendedTurn(flight: Flight) {
  return {
    conversationId: flight.turn.conversationId,
    turnId: flight.turn.turnId,
    attempt: flight.turn.attempt,
    append: flight.turn.appendNumber,
    events: flight.events,
  }
}

import type { Database } from "#db/client.ts"
import { insertSubmits, type SubmitOutcome, type SubmitRow } from "#db/queries/submit.ts"
import { unavailable } from "#lib/errors.ts"
import { failsAll, Flights, inFlight } from "#lib/flights.ts"
import { limits } from "#lib/protocol/limits.ts"

/** A statement stays below these, so that one huge message does not hold up the others. */
const rowsPerStatementMax = 64
const charactersPerStatementMax = 1024 * 1024
/** Whoever holds a head does so for one short statement. */
const busyPauseMs = 2
/** Soon after that whoever asked is told to try again. */
const waitMsMax = 4_000
const waitingMax = 10_000
/** Of one person in one conversation; the queue is full long before. */
const lineMax = 2 * limits.queuedTurnsMax

type Settled = Exclude<SubmitOutcome, { state: "busy" }>

interface Waiting {
  row: SubmitRow
  untilMs: number
  /** It was in a statement that failed: the next one has nothing else. */
  isAlone: boolean
  resolve: (outcome: Settled) => void
  reject: (error: unknown) => void
}

/**
 * Messages of one person to one conversation, in the order they came; never empty. Who may not write
 * to it has a line of their own, and holds up nobody who may.
 */
interface Line {
  key: string
  waiting: Waiting[]
}

/**
 * Accepts the messages of a process: while a statement is under way messages gather, and the next
 * takes one for every conversation that has some.
 */
export class SubmitWriter {
  readonly #db: Database
  readonly #lines = new Map<string, Line>()
  /** Those of which nothing is under way. */
  readonly #ready = new Set<Line>()
  readonly #flights = new Flights(() => {
    const lines = this.#take()
    return lines.length === 0 ? null : this.#writeFirst(lines)
  })
  #waitingCount = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** @throws AppError unavailable when the conversation stays locked, or too much waits */
  async write(row: SubmitRow): Promise<Settled> {
    const line = this.#lineOf(row)
    if (this.#waitingCount >= waitingMax || line.waiting.length >= lineMax) {
      throw unavailable("Too many messages wait. Try again.")
    }
    this.#waitingCount += 1
    try {
      return await new Promise((resolve, reject) => {
        const untilMs = performance.now() + waitMsMax
        line.waiting.push({ row, untilMs, isAlone: false, resolve, reject })
        if (line.waiting.length === 1) {
          this.#lines.set(line.key, line)
          this.#ready.add(line)
        }
        this.#flights.depart()
      })
    } finally {
      this.#waitingCount -= 1
    }
  }

  #lineOf({ tenantId, userId, conversationId }: SubmitRow): Line {
    const key = `${tenantId} ${userId} ${conversationId}`
    return this.#lines.get(key) ?? { key, waiting: [] }
  }

  /** Lines that are ready, no two of one conversation; they are under way from here on. */
  #take(): Line[] {
    const lines: Line[] = []
    const conversations = new Set<string>()
    const nowMs = performance.now()
    let characters = 0
    for (const line of this.#ready) {
      if (lines.length >= rowsPerStatementMax || characters >= charactersPerStatementMax) break
      const first = firstOf(line)
      const { conversationId, payload, detail } = first.row
      if (first.untilMs < nowMs) {
        this.#ready.delete(line)
        first.reject(unavailable("The conversation is busy. Try again."))
        this.#advance(line)
        continue
      }
      if (conversations.has(conversationId) || (first.isAlone && lines.length > 0)) continue
      this.#ready.delete(line)
      lines.push(line)
      if (first.isAlone) break
      conversations.add(conversationId)
      characters += payload.length + (detail?.length ?? 0)
    }
    return lines
  }

  /** Never rejects: whatever happens is told to those it happened to. */
  async #writeFirst(lines: readonly Line[]): Promise<void> {
    try {
      const rows = lines.map((line) => firstOf(line).row)
      const outcomes = await inFlight(
        insertSubmits(this.#db, rows, {
          queuedTurnsMax: limits.queuedTurnsMax,
          keySeconds: limits.idempotencySeconds,
        }),
      )
      for (const [index, line] of lines.entries()) this.#settle(line, outcomes[index])
    } catch (error) {
      for (const line of lines) this.#fail(line, error, lines.length)
    }
  }

  #settle(line: Line, outcome: SubmitOutcome | undefined): void {
    if (outcome === undefined || outcome.state === "busy") {
      setTimeout(() => {
        this.#ready.add(line)
        this.#flights.depart()
      }, busyPauseMs)
      return
    }
    firstOf(line).resolve(outcome)
    this.#advance(line)
  }

  /**
   * A failed statement wrote nothing, unless the connection broke before its answer came; whoever
   * asks again with the key is told.
   */
  #fail(line: Line, error: unknown, linesCount: number): void {
    const first = firstOf(line)
    if (linesCount > 1 && !failsAll(error)) {
      first.isAlone = true
      this.#ready.add(line)
      return
    }
    first.reject(error)
    this.#advance(line)
  }

  #advance(line: Line): void {
    line.waiting.shift()
    if (line.waiting.length > 0) this.#ready.add(line)
    else this.#lines.delete(line.key)
  }
}

function firstOf({ waiting: [first] }: Line): Waiting {
  if (first === undefined) throw new Error("a line is never empty")
  return first
}

import type { Database } from "#db/client.ts"
import { insertSubmits, type SubmitOutcome, type SubmitRow } from "#db/queries/submit.ts"
import { unavailable } from "#lib/errors.ts"
import { limits } from "#lib/protocol/limits.ts"
import { isPassing } from "#lib/to-app-error.ts"

/** A statement stays below these, so that one huge message does not hold up the others. */
const rowsPerStatementMax = 64
const charactersPerStatementMax = 1024 * 1024
/** Whoever holds a head does so for one short statement. */
const busyPauseMs = 2
/** Whoever asked has been told to try again by then. */
const waitMsMax = 5_000
const waitingMax = 10_000

type Settled = Exclude<SubmitOutcome, { state: "busy" }>

interface Waiting {
  row: SubmitRow
  untilMs: number
  /** It was in a statement that failed: the next one has nothing else. */
  isAlone: boolean
  resolve: (outcome: Settled) => void
  reject: (error: unknown) => void
}

/** Messages of one conversation, in the order they came. */
interface Line {
  conversationId: string
  waiting: Waiting[]
}

/**
 * Accepts the messages of a process: while a statement is under way messages gather, and the next
 * takes the first of every conversation that has some.
 */
export class SubmitWriter {
  readonly #db: Database
  readonly #lines = new Map<string, Line>()
  /** Those of which nothing is under way. */
  readonly #ready = new Set<Line>()
  #waitingCount = 0
  #isWriting = false

  constructor(db: Database) {
    this.#db = db
  }

  /** @throws AppError unavailable when the head stays locked, or too much waits */
  async write(row: SubmitRow): Promise<Settled> {
    if (this.#waitingCount >= waitingMax) throw unavailable("Too many messages wait. Try again.")
    this.#waitingCount += 1
    try {
      return await new Promise((resolve, reject) => {
        const untilMs = performance.now() + waitMsMax
        this.#join({ row, untilMs, isAlone: false, resolve, reject })
        if (!this.#isWriting) void this.#writeReady()
      })
    } finally {
      this.#waitingCount -= 1
    }
  }

  #join(waiting: Waiting): void {
    const { conversationId } = waiting.row
    const line = this.#lines.get(conversationId)
    if (line !== undefined) {
      line.waiting.push(waiting)
      return
    }
    const started = { conversationId, waiting: [waiting] }
    this.#lines.set(conversationId, started)
    this.#ready.add(started)
  }

  async #writeReady(): Promise<void> {
    this.#isWriting = true
    while (this.#ready.size > 0) await this.#writeFirst(this.#take())
    this.#isWriting = false
  }

  /** The first of the lines that are ready, which are under way from here on. */
  #take(): Line[] {
    const lines: Line[] = []
    let characters = 0
    for (const line of this.#ready) {
      const [first] = line.waiting
      if (lines.length >= rowsPerStatementMax || characters >= charactersPerStatementMax) break
      if (first === undefined || (first.isAlone && lines.length > 0)) continue
      this.#ready.delete(line)
      lines.push(line)
      if (first.isAlone) break
      characters += first.row.payload.length + (first.row.detail?.length ?? 0)
    }
    return lines
  }

  /** Never throws: whatever happens is told to those it happened to. */
  async #writeFirst(lines: readonly Line[]): Promise<void> {
    const first = lines.flatMap(({ waiting }) => waiting.slice(0, 1))
    try {
      const outcomes = await insertSubmits(
        this.#db,
        first.map(({ row }) => row),
        { queuedTurnsMax: limits.queuedTurnsMax, keySeconds: limits.idempotencySeconds },
      )
      for (const [index, line] of lines.entries()) this.#settle(line, outcomes[index])
    } catch (error) {
      for (const line of lines) this.#fail(line, error, lines.length)
    }
  }

  #settle(line: Line, outcome: SubmitOutcome | undefined): void {
    const [first] = line.waiting
    if (outcome === undefined || outcome.state === "busy") {
      if (first !== undefined && first.untilMs < performance.now()) {
        first.reject(unavailable("The conversation is busy. Try again."))
        this.#advance(line)
        return
      }
      setTimeout(() => {
        this.#ready.add(line)
        if (!this.#isWriting) void this.#writeReady()
      }, busyPauseMs)
      return
    }
    first?.resolve(outcome)
    this.#advance(line)
  }

  /**
   * A failed statement wrote nothing, unless the connection broke before its answer came; whoever
   * asks again with the key is told. What one message is to blame for the others do not share.
   */
  #fail(line: Line, error: unknown, linesCount: number): void {
    const [first] = line.waiting
    if (linesCount > 1 && first !== undefined && !isAway(error)) {
      first.isAlone = true
      this.#ready.add(line)
      return
    }
    first?.reject(error)
    this.#advance(line)
  }

  #advance(line: Line): void {
    line.waiting.shift()
    if (line.waiting.length > 0) this.#ready.add(line)
    else this.#lines.delete(line.conversationId)
  }
}

/** A lock or a deadlock may be about one conversation; everything else that passes is not. */
const aboutOne = new Set<unknown>(["40P01", "55P03"])

function isAway(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null
  return isPassing(error) && !aboutOne.has(code)
}

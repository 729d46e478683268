import type { Database } from "#db/client.ts"
import { insertSubmits, type SubmitOutcome, type SubmitRow } from "#db/queries/submit.ts"
import {
  failsWholeBatch,
  InFlightLimiter,
  withStatementDeadline,
} from "#lib/batching/in-flight-limiter.ts"
import { unavailable } from "#lib/errors.ts"
import { limits } from "#lib/protocol/limits.ts"

/** A statement stays below these, so that one huge message does not hold up the others. */
const rowsPerStatementMax = 64
const charactersPerStatementMax = 1024 * 1024
/** A head stays locked for one short statement only. */
const busyPauseMs = 2
/** After this deadline the submit fails as unavailable, and the caller can retry. */
const waitMsMax = 4_000
const waitingMax = 10_000
/** Of one person in one conversation; the queue is full long before. */
const laneMax = 2 * limits.queuedTurnsMax

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
 * One sender's queue for one conversation, in order of arrival; never empty. Unauthorized senders
 * queue separately, so they cannot delay participants.
 */
interface Lane {
  key: string
  waiting: Waiting[]
}

/**
 * Accepts the messages of a process: while a statement is under way messages gather, and the next
 * takes one for every conversation that has some.
 */
export class SubmitWriter {
  readonly #db: Database
  readonly #lanes = new Map<string, Lane>()
  /** Those of which nothing is under way. */
  readonly #ready = new Set<Lane>()
  readonly #limiter = new InFlightLimiter(() => {
    const lanes = this.#take()
    return lanes.length === 0 ? null : this.#writeFirst(lanes)
  })
  #waitingCount = 0

  constructor(db: Database) {
    this.#db = db
  }

  /** @throws AppError unavailable when the conversation stays locked, or too much waits */
  async write(row: SubmitRow): Promise<Settled> {
    const lane = this.#laneOf(row)
    if (this.#waitingCount >= waitingMax || lane.waiting.length >= laneMax) {
      throw unavailable("Too many messages wait. Try again.")
    }
    this.#waitingCount += 1
    try {
      return await new Promise((resolve, reject) => {
        const untilMs = performance.now() + waitMsMax
        lane.waiting.push({ row, untilMs, isAlone: false, resolve, reject })
        if (lane.waiting.length === 1) {
          this.#lanes.set(lane.key, lane)
          this.#ready.add(lane)
        }
        this.#limiter.start()
      })
    } finally {
      this.#waitingCount -= 1
    }
  }

  #laneOf({ tenantId, userId, conversationId }: SubmitRow): Lane {
    const key = `${tenantId} ${userId} ${conversationId}`
    return this.#lanes.get(key) ?? { key, waiting: [] }
  }

  /** Lanes that are ready, no two of one conversation; they are under way from here on. */
  #take(): Lane[] {
    const lanes: Lane[] = []
    const conversations = new Set<string>()
    const nowMs = performance.now()
    let characters = 0
    for (const lane of this.#ready) {
      if (lanes.length >= rowsPerStatementMax || characters >= charactersPerStatementMax) break
      const first = firstOf(lane)
      const { conversationId, payload, detail } = first.row
      if (first.untilMs < nowMs) {
        this.#ready.delete(lane)
        first.reject(unavailable("The conversation is busy. Try again."))
        this.#advance(lane)
        continue
      }
      if (conversations.has(conversationId) || (first.isAlone && lanes.length > 0)) continue
      this.#ready.delete(lane)
      lanes.push(lane)
      if (first.isAlone) break
      conversations.add(conversationId)
      characters += payload.length + (detail?.length ?? 0)
    }
    return lanes
  }

  /** Never rejects; each waiter gets its own outcome. */
  async #writeFirst(lanes: readonly Lane[]): Promise<void> {
    try {
      const rows = lanes.map((lane) => firstOf(lane).row)
      const outcomes = await withStatementDeadline(
        insertSubmits(this.#db, rows, {
          queuedTurnsMax: limits.queuedTurnsMax,
          keySeconds: limits.idempotencySeconds,
        }),
      )
      for (const [index, lane] of lanes.entries()) this.#settle(lane, outcomes[index])
    } catch (error) {
      for (const lane of lanes) this.#fail(lane, error, lanes.length)
    }
  }

  #settle(lane: Lane, outcome: SubmitOutcome | undefined): void {
    if (outcome === undefined || outcome.state === "busy") {
      setTimeout(() => {
        this.#ready.add(lane)
        this.#limiter.start()
      }, busyPauseMs)
      return
    }
    firstOf(lane).resolve(outcome)
    this.#advance(lane)
  }

  /**
   * A failed statement wrote nothing, unless the connection broke before the answer; a retry with
   * the same key then finds the stored message.
   */
  #fail(lane: Lane, error: unknown, linesCount: number): void {
    const first = firstOf(lane)
    if (linesCount > 1 && !failsWholeBatch(error)) {
      first.isAlone = true
      this.#ready.add(lane)
      return
    }
    first.reject(error)
    this.#advance(lane)
  }

  #advance(lane: Lane): void {
    lane.waiting.shift()
    if (lane.waiting.length > 0) this.#ready.add(lane)
    else this.#lanes.delete(lane.key)
  }
}

function firstOf({ waiting: [first] }: Lane): Waiting {
  if (first === undefined) throw new Error("a lane is never empty")
  return first
}

import { setTimeout as delay } from "node:timers/promises"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import {
  claimTurns,
  driverLockClass,
  freeTurns,
  holdsDriverLock,
  listOwnedTurns,
  renewLeases,
  type ClaimedTurn,
} from "#db/queries/turns.ts"

import { driveTurn } from "./drive-turn.ts"
import { stop, type DriveDependencies, type StopCause } from "./drive.ts"

const pollMsMax = 1_000
/** Leases are renewed after this part of them, so that a missed round or two costs nothing. */
const renewalsPerLease = 3
const claimsMax = 64

interface DriverOptions extends DriveDependencies {
  databaseUrl: string
  leaseSeconds: number
  turnsMax: number
}

interface RunningTurn {
  attempt: number
  control: AbortController
  work: Promise<void>
}

/**
 * Runs turns in this process. It shows that it lives by an advisory lock on a connection of its own:
 * when that is gone, so are its turns, here and for the sweep of every other driver.
 */
export class Driver {
  readonly #options: DriverOptions
  readonly #running = new Map<string, RunningTurn>()
  #identity: Identity | null = null
  #claiming: Promise<void> | null = null
  #isRung = false
  #isStopping = false
  #loop: Promise<void> | null = null
  #wakeLoop = new AbortController()
  /** Ours by the database, not running here, a second ago: their attempt broke off. */
  #abandoned = new Set<string>()
  #renewedAtMs = 0
  readonly #renewMs: number
  readonly #pollMs: number

  constructor(options: DriverOptions) {
    this.#options = options
    this.#renewMs = (options.leaseSeconds * 1_000) / renewalsPerLease
    this.#pollMs = Math.min(pollMsMax, this.#renewMs)
  }

  async start(): Promise<void> {
    this.#identity = await this.#takeIdentity()
    this.#loop = this.#poll()
    this.ring()
  }

  get runningCount(): number {
    return this.#running.size
  }

  /** Whether a doorbell in this process is enough, or other processes should hear it too. */
  hasRoom(): boolean {
    return !this.#isStopping && this.#running.size < this.#options.turnsMax
  }

  /** A hint that a turn is queued. */
  ring(): void {
    this.#isRung = true
    if (this.#isStopping || this.#claiming !== null) return
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = null
      // Rung between the last look and here.
      if (this.#isRung) this.ring()
    })
  }

  /** A hint that a running turn is asked to stop. @returns whether it runs here */
  interrupt(turnId: string): boolean {
    const running = this.#running.get(turnId)
    if (running === undefined) return false
    stop(running.control, "interrupted")
    return true
  }

  /**
   * Takes no more turns, gives the running ones `graceMs` to end (their leases are renewed and they
   * can be interrupted meanwhile), and hands the rest back.
   */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true
    await this.#claiming
    const all = Promise.all([...this.#running.values()].map((running) => running.work))
    await Promise.race([all, delay(graceMs, null, { ref: false })])
    this.#stopAll("handed_back")
    await Promise.race([all, delay(1_000, null, { ref: false })])
    this.#wakeLoop.abort()
    await this.#loop
    if (this.#identity !== null) await this.#handBack(this.#identity)
  }

  async #handBack(identity: Identity): Promise<void> {
    try {
      await freeTurns(this.#options.db, { kind: "own", driverId: identity.id })
    } catch (error) {
      // Without our lock the next sweep takes them over.
      this.#options.log.warn({ err: error }, "turns could not be handed back")
    }
    await identity.close()
  }

  async #claim(): Promise<void> {
    while (this.#isRung && !this.#isStopping) {
      this.#isRung = false
      const identity = this.#identity
      const room = this.#options.turnsMax - this.#running.size
      if (identity === null || room <= 0) return
      try {
        const turns = await claimTurns(this.#options.db, {
          id: identity.id,
          leaseSeconds: this.#options.leaseSeconds,
          turnsMax: Math.min(room, claimsMax),
        })
        for (const turn of turns) this.#run(turn)
        if (turns.length === claimsMax) this.#isRung = true
      } catch (error) {
        // The poll rings again within a second.
        this.#options.log.warn({ err: error }, "turns could not be claimed")
      }
    }
  }

  #run(turn: ClaimedTurn): void {
    const control = new AbortController()
    const earlier = this.#running.get(turn.turnId)
    // Somebody freed it and we have it again: what still runs of the attempt before writes nothing.
    if (earlier !== undefined) stop(earlier.control, "lost")
    const work = driveTurn(this.#options, turn, control)
      .catch((error: unknown) => {
        // The poll finds the turn without an attempt and frees it.
        this.#options.log.error({ err: error, turn: turn.turnId }, "an attempt broke off")
      })
      .finally(() => {
        if (this.#running.get(turn.turnId) === running) this.#running.delete(turn.turnId)
        this.ring()
      })
    const running: RunningTurn = { attempt: turn.attempt, control, work }
    this.#running.set(turn.turnId, running)
  }

  /** Once a second: what hints have missed, the leases when it is time, and the sweep. */
  async #poll(): Promise<void> {
    const { signal } = this.#wakeLoop
    while (!signal.aborted) {
      await delay(this.#pollMs, null, { signal }).catch(() => null)
      if (signal.aborted) return
      try {
        await this.#checkIdentity()
        if (this.#identity !== null) {
          await this.#followOwnTurns(this.#identity)
          // Before the sweep: after a pause our own turns are not to be swept by ourselves.
          await this.#renewInTime(this.#identity)
        }
        if (this.#isStopping) continue
        await freeTurns(this.#options.db, { kind: "crashed" })
        this.ring()
      } catch (error) {
        this.#options.log.warn({ err: error }, "a driver's round failed; trying again in a second")
      }
    }
  }

  async #renewInTime(identity: Identity): Promise<void> {
    const { db, leaseSeconds } = this.#options
    const now = performance.now()
    // The next round would be too late.
    if (now - this.#renewedAtMs < this.#renewMs - this.#pollMs) return
    this.#renewedAtMs = now
    await renewLeases(db, { id: identity.id, leaseSeconds })
  }

  async #followOwnTurns(identity: Identity): Promise<void> {
    const before = new Map(this.#running)
    const owned = await listOwnedTurns(this.#options.db, identity.id)
    const byId = new Map(owned.map((turn) => [turn.id, turn]))
    // A turn claimed while we asked is not in question.
    for (const [turnId, running] of before) {
      const turn = byId.get(turnId)
      if (turn?.attempt !== running.attempt) stop(running.control, "lost")
      else if (turn.interrupt) stop(running.control, "interrupted")
    }
    await this.#freeAbandoned(
      identity,
      owned.map((turn) => turn.id),
    )
  }

  /** Our lock and our renewals would keep a turn whose attempt broke off from everybody else. */
  async #freeAbandoned(identity: Identity, owned: readonly string[]): Promise<void> {
    const missing = owned.filter((id) => !this.#running.has(id))
    const turnIds = missing.filter((id) => this.#abandoned.has(id))
    this.#abandoned = new Set(missing)
    if (turnIds.length === 0) return
    await freeTurns(this.#options.db, { kind: "abandoned", driverId: identity.id, turnIds })
  }

  async #checkIdentity(): Promise<void> {
    if (this.#identity !== null && (await this.#identity.isHeld())) return
    if (this.#identity !== null) {
      this.#options.log.warn("this driver lost its lock; it gives up its turns and starts anew")
      this.#stopAll("lost")
      const old = this.#identity
      this.#identity = null
      await old.close()
    }
    this.#identity = await this.#takeIdentity()
  }

  #stopAll(cause: StopCause): void {
    for (const running of this.#running.values()) stop(running.control, cause)
  }

  async #takeIdentity(): Promise<Identity> {
    return await Identity.take(this.#options.databaseUrl)
  }
}

/** A driver's number, and the connection whose advisory lock says that it lives. */
class Identity {
  readonly id: number
  readonly #db: Database

  private constructor(db: Database, id: number) {
    this.#db = db
    this.id = id
  }

  static async take(databaseUrl: string): Promise<Identity> {
    const db = openDatabase({
      url: databaseUrl,
      connectionsMax: 1,
      name: "studio-driver",
      isLongLived: true,
    })
    try {
      const [row] = await db.$client<{ id: number }[]>`
        with number as materialized (select nextval('driver_ids')::int as id)
        select id, pg_advisory_lock(${driverLockClass}::int, id) from number`
      if (row === undefined) throw new Error("a driver got no number")
      return new Identity(db, row.id)
    } catch (error) {
      await closeDatabase(db, 0)
      throw error
    }
  }

  /**
   * The pool reconnects by itself, but a new backend does not hold the lock; its pid says nothing,
   * a server that was restarted may give the same one again.
   */
  async isHeld(): Promise<boolean> {
    try {
      return await holdsDriverLock(this.#db, this.id)
    } catch {
      // Whatever the reason, a lock we cannot ask about is not ours to count on.
      return false
    }
  }

  async close(): Promise<void> {
    await closeDatabase(this.#db, 1)
  }
}

import { setTimeout as delay } from "node:timers/promises"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import {
  claimTurns,
  driverLockClass,
  freeTurns,
  listOwnedTurns,
  renewLeases,
  type ClaimedTurn,
} from "#db/queries/turns.ts"

import { driveTurn } from "./drive-turn.ts"
import { stop, type DriveDependencies, type StopCause } from "./drive.ts"

const pollMs = 1_000
const polledPerRenewal = 5
const claimsMax = 64

interface DriverOptions extends DriveDependencies {
  databaseUrl: string
  leaseSeconds: number
  turnsMax: number
}

interface RunningTurn {
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

  constructor(options: DriverOptions) {
    this.#options = options
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
    })
  }

  /** A hint that a running turn is asked to stop. @returns whether it runs here */
  interrupt(turnId: string): boolean {
    const running = this.#running.get(turnId)
    if (running === undefined) return false
    stop(running.control, "interrupted")
    return true
  }

  /** Takes no more turns, gives the running ones `graceMs` to end, and hands the rest back. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true
    this.#wakeLoop.abort()
    await this.#claiming
    const all = Promise.all([...this.#running.values()].map((running) => running.work))
    await Promise.race([all, delay(graceMs, null, { ref: false })])
    this.#stopAll("handed_back")
    await Promise.race([all, delay(1_000, null, { ref: false })])
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
    const work = driveTurn(this.#options, turn, control)
      .catch((error: unknown) => {
        // The poll finds the turn without an attempt and frees it.
        this.#options.log.error({ err: error, turn: turn.turnId }, "an attempt broke off")
      })
      .finally(() => {
        this.#running.delete(turn.turnId)
        this.ring()
      })
    this.#running.set(turn.turnId, { control, work })
  }

  /** Once a second: what hints have missed, the sweep, and every fifth time the leases. */
  async #poll(): Promise<void> {
    for (let round = 1; !this.#isStopping; round += 1) {
      await delay(pollMs, null, { signal: this.#wakeLoop.signal }).catch(() => null)
      if (this.#isStopping) return
      try {
        await this.#checkIdentity()
        if (this.#identity !== null) {
          await this.#followOwnTurns(this.#identity)
          if (round % polledPerRenewal === 0) await this.#renew(this.#identity)
        }
        await freeTurns(this.#options.db, { kind: "crashed" })
        this.ring()
      } catch (error) {
        this.#options.log.warn({ err: error }, "a driver's round failed; trying again in a second")
      }
    }
  }

  async #renew(identity: Identity): Promise<void> {
    const { db, leaseSeconds } = this.#options
    await renewLeases(db, { id: identity.id, leaseSeconds })
  }

  async #followOwnTurns(identity: Identity): Promise<void> {
    const before = new Set(this.#running.keys())
    const owned = await listOwnedTurns(this.#options.db, identity.id)
    const byId = new Map(owned.map((turn) => [turn.id, turn]))
    for (const [turnId, running] of this.#running) {
      // A turn claimed while we asked is not in question.
      if (!before.has(turnId)) continue
      const turn = byId.get(turnId)
      if (turn === undefined) stop(running.control, "lost")
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
  readonly #backend: number

  private constructor(db: Database, id: number, backend: number) {
    this.#db = db
    this.id = id
    this.#backend = backend
  }

  static async take(databaseUrl: string): Promise<Identity> {
    const db = openDatabase({
      url: databaseUrl,
      connectionsMax: 1,
      name: "studio-driver",
      isLongLived: true,
    })
    const [row] = await db.$client<{ id: number; backend: number }[]>`
      with number as materialized (select nextval('driver_ids')::int as id)
      select id, pg_backend_pid() as backend, pg_advisory_lock(${driverLockClass}::int, id)
      from number`
    if (row === undefined) throw new Error("a driver got no number")
    return new Identity(db, row.id, row.backend)
  }

  /** The pool reconnects by itself, but a new backend does not hold the lock. */
  async isHeld(): Promise<boolean> {
    try {
      const [row] = await this.#db.$client<
        { backend: number }[]
      >`select pg_backend_pid() as backend`
      return row?.backend === this.#backend
    } catch {
      // Whatever the reason, a lock we cannot ask about is not ours to count on.
      return false
    }
  }

  async close(): Promise<void> {
    await closeDatabase(this.#db, 1)
  }
}

import { setTimeout as delay } from "node:timers/promises"

import { forgiveCrashes } from "#db/queries/drivers.ts"
import {
  claimTurns,
  freeTurns,
  listOwnedTurns,
  renewLeases,
  type ClaimedTurn,
  type OwnedTurn,
} from "#db/queries/turns.ts"
import { withDeadline } from "#lib/timing/with-deadline.ts"

import { driveTurn } from "./drive-turn.ts"
import { stop, type DriveDependencies, type StopCause } from "./drive.ts"
import { DriverIdentity } from "./driver-identity.ts"

const pollMsMax = 1_000
/** Leases are renewed after this part of them, so that a missed round or two costs nothing. */
const renewalsPerLease = 3
const claimsMax = 64
const holdMsMax = 3_000

interface DriverOptions extends DriveDependencies {
  databaseUrl: string
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
  #identity: DriverIdentity | null = null
  #claiming: Promise<void> | null = null
  #isRung = false
  #isStopping = false
  #loop: Promise<void> | null = null
  #wakeLoop = new AbortController()
  /** Ours by the database, not running here, a second ago: their attempt is over. */
  #abandoned = new Set<string>()
  /** Of those, whose attempt failed in an unforeseen way. */
  readonly #brokenOff = new Set<string>()
  /** Lock lost since the last round: turns that other drivers freed meanwhile did not crash. */
  #hasLostLock = false
  /** Attempts freed by other drivers, to be checked in the next round. */
  #freedByOthers: OwnedTurn[] = []
  #holding: Promise<void> | null = null
  #renewedAtMs = 0
  readonly #renewMs: number
  readonly #pollMs: number

  constructor(options: DriverOptions) {
    this.#options = options
    this.#renewMs = (options.leaseSeconds * 1_000) / renewalsPerLease
    this.#pollMs = Math.min(pollMsMax, this.#renewMs)
  }

  async start(): Promise<void> {
    await this.#holdIdentity()
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

  async #handBack(identity: DriverIdentity): Promise<void> {
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
    // The turn was freed and claimed again: fencing rejects the earlier attempt's writes, so stop
    // it.
    if (earlier !== undefined) {
      stop(earlier.control, "lost")
      this.#freedByOthers.push({ id: turn.turnId, attempt: earlier.attempt })
    }
    const work = driveTurn(this.#options, turn, control)
      .catch((error: unknown) => {
        // The poll finds the turn without an attempt and frees it.
        this.#brokenOff.add(turn.turnId)
        this.#options.log.error({ err: error, turn: turn.turnId }, "an attempt broke off")
      })
      .finally(() => {
        if (this.#running.get(turn.turnId) === running) this.#running.delete(turn.turnId)
        this.ring()
      })
    const running: RunningTurn = { attempt: turn.attempt, control, work }
    this.#running.set(turn.turnId, running)
  }

  /** Once a second: picks up missed hints, renews leases when due, and sweeps crashed turns. */
  async #poll(): Promise<void> {
    const { signal } = this.#wakeLoop
    while (!signal.aborted) {
      await delay(this.#pollMs, null, { signal }).catch(() => null)
      if (signal.aborted) return
      try {
        await this.#holdInTime()
        if (this.#identity !== null) {
          await this.#followOwnTurns(this.#identity)
          // Before the sweep: after a pause our own turns are not to be swept by ourselves.
          await this.#renewInTime(this.#identity)
        }
        if (this.#isStopping) continue
        // While our own lock is being taken again, the sweep would mistake our turns for crashed ones.
        if (!this.#hasLostLock) await freeTurns(this.#options.db, { kind: "crashed" })
        this.ring()
      } catch (error) {
        this.#options.log.warn({ err: error }, "a driver's round failed; trying again in a second")
      }
    }
  }

  async #renewInTime(identity: DriverIdentity): Promise<void> {
    const { db, leaseSeconds } = this.#options
    const now = performance.now()
    // The next round would be too late.
    if (now - this.#renewedAtMs < this.#renewMs - this.#pollMs) return
    await renewLeases(db, { id: identity.id, leaseSeconds })
    this.#renewedAtMs = now
  }

  async #followOwnTurns(identity: DriverIdentity): Promise<void> {
    const before = new Map(this.#running)
    const owned = await listOwnedTurns(this.#options.db, identity.id)
    const byId = new Map(owned.map((turn) => [turn.id, turn]))
    // A turn claimed while we asked is not in question.
    for (const [turnId, running] of before) {
      const turn = byId.get(turnId)
      if (turn?.attempt !== running.attempt) {
        if (this.#running.get(turnId) === running) {
          this.#freedByOthers.push({ id: turnId, attempt: running.attempt })
        }
        stop(running.control, "lost")
      } else if (turn.interrupt) stop(running.control, "interrupted")
    }
    await this.#takeBackCrashes()
    await this.#freeAbandoned(identity, owned)
  }

  /** A sweep has counted them as crashes: that is wrong where only the connection of our lock was lost. */
  async #takeBackCrashes(): Promise<void> {
    const freed = this.#freedByOthers.splice(0)
    const isWrong = this.#hasLostLock && freed.length > 0
    this.#hasLostLock = false
    if (isWrong) await forgiveCrashes(this.#options.db, freed)
  }

  /**
   * Our lock and our renewals would keep a turn whose attempt is over from everybody else. One that
   * broke off counts as a crash, one that an outage has cost its attempt does not.
   */
  async #freeAbandoned(identity: DriverIdentity, owned: readonly OwnedTurn[]): Promise<void> {
    const missing = owned.filter(({ id }) => !this.#running.has(id))
    const turns = missing.filter(({ id }) => this.#abandoned.has(id))
    this.#abandoned = new Set(missing.map(({ id }) => id))
    const broken = turns.filter(({ id }) => this.#brokenOff.has(id))
    const left = turns.filter(({ id }) => !this.#brokenOff.has(id))
    const { db } = this.#options
    const driverId = identity.id
    if (broken.length > 0) await freeTurns(db, { kind: "abandoned", driverId, turns: broken })
    if (left.length > 0) await freeTurns(db, { kind: "own", driverId, turns: left })
    for (const id of this.#brokenOff) if (!this.#abandoned.has(id)) this.#brokenOff.delete(id)
  }

  /** A deadline keeps a hung connection from delaying lease renewal. */
  async #holdInTime(): Promise<void> {
    try {
      await withDeadline(this.#holdIdentity(), holdMsMax)
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        "a driver's lock is not sure; trying again in a second",
      )
    }
  }

  /**
   * Single-flight: runs every round, and as soon as the lock's connection is lost. Turns continue
   * meanwhile, because the head rejects writes of a freed attempt.
   */
  #holdIdentity(): Promise<void> {
    this.#holding ??= this.#hold().finally(() => (this.#holding = null))
    return this.#holding
  }

  async #hold(): Promise<void> {
    const { log, databaseUrl } = this.#options
    if (this.#identity === null) {
      this.#identity = await DriverIdentity.take(databaseUrl, () => this.#onLockLost())
      return
    }
    if ((await this.#identity.hold()) === "held") return
    this.#hasLostLock = true
    log.warn("this driver lost the connection of its lock; it takes the lock again")
  }

  #onLockLost(): void {
    if (this.#isStopping || this.#identity === null) return
    this.#hasLostLock = true
    this.#holdIdentity().catch((error: unknown) => {
      this.#options.log.warn({ err: error }, "a driver's lock could not be taken again yet")
    })
  }

  #stopAll(cause: StopCause): void {
    for (const running of this.#running.values()) stop(running.control, cause)
  }
}

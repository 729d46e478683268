import type { Principal } from "#lib/auth/principal.ts"
import type { Env } from "#lib/env.ts"
import type { Log } from "#lib/log.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { takeFrom, type Rate, type Taken } from "#lib/redis/gcra.ts"
import type { RedisKeys } from "#lib/redis/keys.ts"
import { MemoryArrivals } from "#lib/redis/memory-arrivals.ts"
import type { KeyClaim } from "#lib/redis/take-script.ts"

/** Each class has its own counter. */
export type RateClass = "reads" | "writes" | "submits" | "mints" | "guesses"

/** Burst, and refill over the following window. */
interface RatePolicy {
  name: string
  max: number
  seconds: number
}

/** The limit closest to exhaustion, for the caller's headers. */
export interface RateNotice {
  policy: RatePolicy
  remaining: number
  resetSeconds: number
  /** 0 = the request was allowed. */
  waitSeconds: number
}

interface Subject {
  policy: RatePolicy
  rate: Rate
}

/** `held` when another request had claimed the key; then no limit was charged. */
export type Admission =
  | { state: "held"; value: string }
  | { state: "allowed" | "refused"; isClaimed: boolean; notice: RateNotice | null }

interface LimiterParts {
  bus: Bus
  keys: RedisKeys
  log: Log
  env: Env
}

/** A person's limit as a multiple of one token's limit. */
const tokensPerPerson = 2

/**
 * Rate limits shared by all processes through the bus. While the bus is down each process counts for
 * itself: limits loosen by the number of processes, and an outage neither admits nor locks out
 * everybody.
 */
export class RateLimiter {
  readonly #parts: LimiterParts
  readonly #own = new MemoryArrivals()

  constructor(parts: LimiterParts) {
    this.#parts = parts
  }

  /** Counts a request of a signed-in caller against their token or session, and against the person. */
  async admit(kind: RateClass, principal: Principal, claim?: KeyClaim): Promise<Admission> {
    const max = this.#maxOf(kind)
    if (max === 0) return await this.#ask([], claim)
    const { credential, userId } = principal
    return await this.#ask(
      [
        this.#subject({ name: kind, max, seconds: 60 }, credential.kind, credential.id),
        this.#subject(
          { name: `${kind}-person`, max: max * tokensPerPerson, seconds: 60 },
          "user",
          userId,
        ),
      ],
      claim,
    )
  }

  /** Counts a request with a missing or invalid credential against its source address. */
  async admitGuess(address: string): Promise<Admission> {
    const max = this.#maxOf("guesses")
    if (max === 0 || address === "") return await this.#ask([])
    return await this.#ask([
      this.#subject({ name: "guesses", max, seconds: 60 }, "address", address),
    ])
  }

  /** Claims the key when no limit applies. */
  async #claimOnly(claim: KeyClaim | undefined): Promise<Admission> {
    if (claim === undefined) return { state: "allowed", isClaimed: false, notice: null }
    const held = await this.#parts.bus.claim(claim.key, claim.value, claim.ttlSeconds)
    if (held !== null) return { state: "held", value: held }
    return { state: "allowed", isClaimed: true, notice: null }
  }

  #maxOf(kind: RateClass): number {
    const { env } = this.#parts
    switch (kind) {
      case "reads":
        return env.STUDIO_READS_PER_MINUTE
      case "writes":
        return env.STUDIO_WRITES_PER_MINUTE
      case "submits":
        return env.STUDIO_SUBMITS_PER_MINUTE
      case "mints":
        return env.STUDIO_MINTS_PER_MINUTE
      case "guesses":
        return env.STUDIO_GUESSES_PER_MINUTE
    }
  }

  #subject(policy: RatePolicy, kind: string, id: string): Subject {
    return {
      policy,
      rate: {
        key: this.#parts.keys.rate(policy.name, kind, id),
        burst: policy.max,
        intervalMicros: Math.ceil((policy.seconds * 1_000_000) / policy.max),
      },
    }
  }

  async #ask(subjects: readonly Subject[], claim?: KeyClaim): Promise<Admission> {
    const rates = subjects.map(({ rate }) => rate)
    try {
      if (rates.length === 0) return await this.#claimOnly(claim)
      const taken = await this.#parts.bus.take(rates, claim)
      if (typeof taken === "string") return { state: "held", value: taken }
      return toAdmission(subjects, taken, claim !== undefined)
    } catch (error) {
      this.#parts.log.debug(
        { err: error },
        "Redis did not answer; rate limits count in this process",
      )
      const nowMicros = Math.floor(performance.now() * 1_000)
      return toAdmission(subjects, takeFrom(this.#own, rates, nowMicros), false)
    }
  }
}

function toAdmission(subjects: readonly Subject[], taken: Taken, isClaimed: boolean): Admission {
  return {
    state: taken.isAllowed ? "allowed" : "refused",
    isClaimed: isClaimed && taken.isAllowed,
    notice: nearest(subjects, taken),
  }
}

/** The limit with the longest wait, else the one with the smallest remaining share. */
function nearest(subjects: readonly Subject[], taken: Taken): RateNotice | null {
  let found: RateNotice | null = null
  for (const [index, { policy }] of subjects.entries()) {
    const state = taken.states[index]
    if (state === undefined) continue
    const notice = {
      policy,
      remaining: Math.max(0, state.remaining),
      resetSeconds: Math.ceil(state.resetMicros / 1_000_000),
      waitSeconds: Math.ceil(state.waitMicros / 1_000_000),
    }
    if (found === null || isNearer(notice, found)) found = notice
  }
  return found
}

function isNearer(one: RateNotice, other: RateNotice): boolean {
  if (one.waitSeconds !== other.waitSeconds) return one.waitSeconds > other.waitSeconds
  return one.remaining / one.policy.max < other.remaining / other.policy.max
}

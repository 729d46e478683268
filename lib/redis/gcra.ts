/** One limit on one subject: `burst` at once, and one more every `intervalMicros`. */
export interface Rate {
  key: string
  burst: number
  intervalMicros: number
}

/** The state of one limit after a request. */
interface RateState {
  /** Requests still allowed now. */
  remaining: number
  /** 0 = this limit allows the request. */
  waitMicros: number
  /** Until the limit is fully replenished. */
  resetMicros: number
}

export interface Taken {
  /** False when any limit was exhausted; then none was charged. */
  isAllowed: boolean
  /** The clock used for the decision. */
  nowMicros: number
  /** In the order of the requested rates. */
  states: readonly RateState[]
}

/** Persistent state per limit: the time at which it will be fully replenished. */
export interface ArrivalStore {
  find(key: string): number | undefined
  set(key: string, arrivalMicros: number): void
}

/**
 * Charges every limit or none, by the generic cell rate algorithm: the store has one time per limit,
 * the theoretical arrival time, and no counter is ever swept. Same algorithm in Lua:
 * `lib/redis/take-script.ts`.
 */
export function takeFrom(store: ArrivalStore, rates: readonly Rate[], nowMicros: number): Taken {
  const arrivals = rates.map(({ key, burst, intervalMicros }) => {
    const arrival = Math.max(store.find(key) ?? nowMicros, nowMicros)
    // A later time is impossible unless the clock went back.
    return Math.min(arrival, nowMicros + burst * intervalMicros)
  })
  const waits = rates.map((rate, index) => {
    const next = (arrivals[index] ?? nowMicros) + rate.intervalMicros
    return Math.max(0, next - rate.burst * rate.intervalMicros - nowMicros)
  })
  const isAllowed = waits.every((wait) => wait === 0)
  const states = rates.map((rate, index) => {
    const arrival = (arrivals[index] ?? nowMicros) + (isAllowed ? rate.intervalMicros : 0)
    if (isAllowed) store.set(rate.key, arrival)
    const resetMicros = arrival - nowMicros
    const free = rate.burst * rate.intervalMicros - resetMicros
    return {
      remaining: Math.floor(free / rate.intervalMicros),
      waitMicros: waits[index] ?? 0,
      resetMicros,
    }
  })
  return { isAllowed, nowMicros, states }
}

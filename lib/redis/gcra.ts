/** One limit on one subject: `burst` at once, and one more every `intervalMicros`. */
export interface Rate {
  key: string
  burst: number
  intervalMicros: number
}

/** What a limit says after it was asked. */
interface RateState {
  /** How many more may come now. */
  remaining: number
  /** 0 = this one may come, as far as this limit goes. */
  waitMicros: number
  /** Until the limit is as if nobody had come. */
  resetMicros: number
}

export interface Taken {
  /** False when one limit had nothing left; then none has given anything. */
  isAllowed: boolean
  /** The clock that decided. */
  nowMicros: number
  /** In the order of the rates asked. */
  states: readonly RateState[]
}

/** What the store keeps of a limit: when it will be as if nobody had come. */
export interface ArrivalStore {
  find(key: string): number | undefined
  set(key: string, arrivalMicros: number): void
}

/**
 * Takes one from each limit, or nothing from any, by the generic cell rate algorithm: the store has
 * one time per limit, the theoretical arrival time, and no counter is ever swept. The same in Lua:
 * `lib/redis/take-script.ts`.
 */
export function takeFrom(store: ArrivalStore, rates: readonly Rate[], nowMicros: number): Taken {
  const arrivals = rates.map(({ key, burst, intervalMicros }) => {
    const arrival = Math.max(store.find(key) ?? nowMicros, nowMicros)
    // Farther away it cannot be, unless the clock went back.
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

import type { Rate, Taken } from "./gcra.ts"

/** `SET NX` before the limits are checked, so that a request whose key is held is not charged. */
export interface KeyClaim {
  key: string
  value: string
  ttlSeconds: number
}

/**
 * `takeFrom` of `lib/redis/gcra.ts` as an atomic script, by Redis's clock, preceded by an optional
 * claim. A claim is released if a limit refuses. Returns `{held}`, or `{allowed, now, state…}`.
 */
export const takeScript = `
local count = tonumber(ARGV[1])
local claim = KEYS[count + 1]
if claim then
  local held = redis.call('SET', claim, ARGV[2 * count + 2], 'EX', ARGV[2 * count + 3], 'NX', 'GET')
  if held then return {held} end
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local arrivals, waits, allowed = {}, {}, 1
for i = 1, count do
  local burst, interval = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  arrivals[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or now) or now, now)
  arrivals[i] = math.min(arrivals[i], now + burst * interval)
  waits[i] = math.max(0, arrivals[i] + interval - burst * interval - now)
  if waits[i] > 0 then allowed = 0 end
end
local answer = {allowed, now}
for i = 1, count do
  local burst, interval = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local reset = arrivals[i] - now
  if allowed == 1 then
    reset = reset + interval
    redis.call('SET', KEYS[i], string.format('%.0f', now + reset), 'PX', math.ceil(reset / 1000))
  end
  answer[3 * i] = math.floor((burst * interval - reset) / interval)
  answer[3 * i + 1] = waits[i]
  answer[3 * i + 2] = reset
end
if claim and allowed == 0 then redis.call('DEL', claim) end
return answer`

export function scriptArguments(rates: readonly Rate[], claim: KeyClaim | null) {
  const keys = rates.map(({ key }) => key)
  const values = [rates.length, ...rates.flatMap((rate) => [rate.burst, rate.intervalMicros])]
  if (claim === null) return { keys, values }
  return { keys: [...keys, claim.key], values: [...values, claim.value, claim.ttlSeconds] }
}

/** The held value, or the limits' state. @throws Error for an unexpected reply */
export function readTaken(answer: unknown): string | Taken {
  if (!Array.isArray(answer)) throw new Error("Redis gave an answer of another kind")
  const [first, nowMicros, ...numbers]: unknown[] = answer
  if (typeof first === "string") return first
  const number = (value: unknown) => {
    if (typeof value !== "number") throw new Error("Redis gave an answer of another kind")
    return value
  }
  const states = Array.from({ length: numbers.length / 3 }, (_, index) => ({
    remaining: number(numbers[3 * index]),
    waitMicros: number(numbers[3 * index + 1]),
    resetMicros: number(numbers[3 * index + 2]),
  }))
  return { isAllowed: first === 1, nowMicros: number(nowMicros), states }
}

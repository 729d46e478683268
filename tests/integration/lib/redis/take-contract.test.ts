import { afterEach, describe, expect, test } from "vitest"

import { createLog } from "#lib/log.ts"
import type { Bus } from "#lib/redis/bus.ts"
import type { Rate, Taken } from "#lib/redis/gcra.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"
import { createRedisBus } from "#lib/redis/redis-bus.ts"
import { testRedis } from "#tests/support/redis.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const log = createLog("silent")

/** As many connections to one bus as there are processes. */
const makers: Record<string, () => { open: () => Bus; prefix: string; arrivals: number }> = {
  redis: () => {
    const { url, prefix } = testRedis()
    return { open: () => createRedisBus({ url, log }), prefix, arrivals: 20_000 }
  },
  memory: () => {
    // Finer than a millisecond, so that the model meets every kind of arrival.
    const bus = createMemoryBus(() => performance.timeOrigin + performance.now())
    return { open: () => bus, prefix: "test", arrivals: 100_000 }
  },
}

describe.each(Object.entries(makers))("limits on the %s bus", (_, make) => {
  const opened: Bus[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()))
  })

  async function openWire(processes = 1) {
    const { open, prefix, arrivals } = make()
    const buses = Array.from({ length: processes }, open)
    opened.push(...buses)
    await waitFor(() => buses.every((bus) => bus.isHealthy()))
    const [bus] = buses
    if (bus === undefined) throw new Error("unreached")
    return { bus, buses, prefix, arrivals }
  }

  const slow = (key: string, burst: number): Rate => ({ key, burst, intervalMicros: 60_000_000 })

  async function take(bus: Bus, rates: readonly Rate[]): Promise<Taken> {
    const taken = await bus.take(rates)
    if (typeof taken === "string") throw new Error("nobody claimed anything")
    return taken
  }

  test(
    "every random arrival is decided like the reference decides it",
    { timeout: 120_000 },
    async () => {
      const { bus, prefix, arrivals } = await openWire()
      const model = new Map<string, number[]>()
      let [judged, mismatches, refused] = [0, 0, 0]
      for (let round = 0; judged < arrivals; round++) {
        // Resets regularly: after a bus timeout the counted arrivals are unknown.
        if (round % 100 === 0) model.clear()
        const rates = ratesOf(`${prefix}:rate:${Math.floor(round / 100)}`)
        const asked = Array.from({ length: 50 }, () => pick(rates))
        const answers = await Promise.allSettled(asked.map((wanted) => take(bus, wanted)))
        if (answers.some(({ status }) => status === "rejected")) {
          round += 100 - (round % 100) - 1
          continue
        }
        for (const [index, answer] of answers.entries()) {
          if (answer.status === "rejected") continue
          const isAllowed = admits(model, asked[index] ?? [], answer.value.nowMicros)
          judged++
          if (!isAllowed) refused++
          if (answer.value.isAllowed !== isAllowed) mismatches++
        }
      }
      expect(mismatches).toBe(0)
      expect(refused / judged).toBeGreaterThan(0.01)
      expect(refused / judged).toBeLessThan(0.99)
    },
  )

  test("several processes together admit no more than one would", async () => {
    const { buses, prefix } = await openWire(4)
    const rate = slow(`${prefix}:shared`, 50)
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_answer, n) => take(buses[n % 4] as Bus, [rate])),
    )
    expect(answers.filter(({ isAllowed }) => isAllowed)).toHaveLength(50)
  })

  test("an exhausted limit leaves the other limits untouched", async () => {
    const { bus, prefix } = await openWire()
    const [narrow, wide] = [slow(`${prefix}:narrow`, 1), slow(`${prefix}:wide`, 10)]
    expect((await take(bus, [narrow, wide])).isAllowed).toBe(true)
    const refused = await take(bus, [narrow, wide])
    expect(refused.isAllowed).toBe(false)
    expect(refused.states.map(({ remaining }) => remaining)).toEqual([0, 9])
    expect(refused.states[0]?.waitMicros).toBeGreaterThan(59_000_000)
    expect(refused.states[1]?.waitMicros).toBe(0)
    expect((await take(bus, [wide])).states[0]?.remaining).toBe(8)
  })

  test("a claimed key takes no permits; a rejected caller does not keep its claim", async () => {
    const { bus, prefix } = await openWire()
    const rate = slow(`${prefix}:rate`, 1)
    const claim = (name: string) => ({ key: `${prefix}:${name}`, value: name, ttlSeconds: 60 })
    expect(await bus.take([rate], claim("a"))).toMatchObject({ isAllowed: true })
    expect(await bus.take([rate], claim("a"))).toBe("a")
    expect(await bus.take([rate], claim("b"))).toMatchObject({ isAllowed: false })
    expect(await bus.claim(`${prefix}:b`, "free", 60)).toBeNull()
  })
})

function ratesOf(prefix: string): Rate[] {
  return Array.from({ length: 8 }, (_rate, n) => ({
    key: `${prefix}:${n}`,
    burst: 1 + n * n,
    intervalMicros: 50 * 3 ** (n % 5),
  }))
}

function pick(rates: readonly Rate[]): Rate[] {
  const first = Math.floor(Math.random() * rates.length)
  const second = (first + 1 + Math.floor(Math.random() * (rates.length - 1))) % rates.length
  return [rates[first], Math.random() < 0.3 ? rates[second] : undefined].filter(
    (rate) => rate !== undefined,
  )
}

/**
 * The reference uses another algorithm: a leaky bucket of capacity `burst` that each arrival fills
 * by one and that drains evenly.
 */
function admits(model: Map<string, number[]>, rates: readonly Rate[], nowMicros: number): boolean {
  const levels = rates.map(({ key, intervalMicros }) => {
    const [level = 0, sinceMicros = nowMicros] = model.get(key) ?? []
    return Math.max(0, level - (nowMicros - sinceMicros) / intervalMicros)
  })
  const isAllowed = rates.every(({ burst }, index) => (levels[index] ?? 0) + 1 <= burst + 1e-9)
  if (isAllowed) {
    for (const [index, { key }] of rates.entries())
      model.set(key, [(levels[index] ?? 0) + 1, nowMicros])
  }
  return isAllowed
}

import { afterEach, describe, expect, test } from "vitest"

import { createLog } from "#lib/log.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"
import { createRedisBus } from "#lib/redis/redis-bus.ts"
import { testRedis } from "#tests/support/redis.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const log = createLog("silent")

const makers: Record<string, () => { bus: Bus; prefix: string }> = {
  redis: () => {
    const { url, prefix } = testRedis()
    return { bus: createRedisBus({ url, log }), prefix }
  },
  memory: () => ({ bus: createMemoryBus(), prefix: "test" }),
}

describe.each(Object.entries(makers))("the %s bus", (_, make) => {
  const opened: Bus[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()))
  })

  async function openBus() {
    const made = make()
    opened.push(made.bus)
    await waitFor(() => made.bus.isHealthy())
    return made
  }

  test("a key is claimed once; later claims get the stored value", async () => {
    const { bus, prefix } = await openBus()
    expect(await bus.claim(`${prefix}:key`, "first", 60)).toBeNull()
    expect(await bus.claim(`${prefix}:key`, "second", 60)).toBe("first")
    expect(await bus.claim(`${prefix}:other`, "second", 60)).toBeNull()
  })

  test("of a hundred concurrent claims one wins and all others see its value", async () => {
    const { bus, prefix } = await openBus()
    const held = await Promise.all(
      Array.from({ length: 100 }, (_, n) => bus.claim(`${prefix}:race`, `claim ${n}`, 60)),
    )
    const winner = held.indexOf(null)
    expect(held.filter((value) => value === null)).toHaveLength(1)
    expect(new Set(held)).toEqual(new Set([null, `claim ${winner}`]))
  })

  test("a claim expires after its time", async () => {
    const { bus, prefix } = await openBus()
    expect(await bus.claim(`${prefix}:short`, "first", 1)).toBeNull()
    expect(await bus.claim(`${prefix}:short`, "second", 60)).toBe("first")
    await waitFor(async () => (await bus.claim(`${prefix}:short`, "third", 60)) === null)
    expect(await bus.claim(`${prefix}:short`, "fourth", 60)).toBe("third")
  })

  test("release frees a key only with its own value", async () => {
    const { bus, prefix } = await openBus()
    await bus.claim(`${prefix}:key`, "mine", 60)
    await bus.release(`${prefix}:key`, "yours")
    expect(await bus.claim(`${prefix}:key`, "next", 60)).toBe("mine")
    await bus.release(`${prefix}:key`, "mine")
    expect(await bus.claim(`${prefix}:key`, "next", 60)).toBeNull()
  })

  test("keys and values round-trip, whatever characters they contain", async () => {
    const { bus, prefix } = await openBus()
    const strange = "a\r\nSET x 1\u0000 {b} * \u2028 😀"
    expect(await bus.claim(`${prefix}:${strange}`, strange, 60)).toBeNull()
    expect(await bus.claim(`${prefix}:${strange}`, "other", 60)).toBe(strange)
  })

  test("after `ready`, every message arrives in order at every listener of its channel", async () => {
    const { bus, prefix } = await openBus()
    const heard: string[] = []
    const subscriptions = [
      bus.subscribe(`${prefix}:channel`, (message) => heard.push(`one ${message}`)),
      bus.subscribe(`${prefix}:channel`, (message) => heard.push(`two ${message}`)),
      bus.subscribe(`${prefix}:elsewhere`, (message) => heard.push(`three ${message}`)),
    ]
    await Promise.all(subscriptions.map((subscription) => subscription.ready))
    for (let n = 0; n < 100; n++) bus.publish(`${prefix}:channel`, String(n))
    await waitFor(() => heard.length === 200)
    const numbers = Array.from({ length: 100 }, (_, n) => n)
    expect(heard.filter((line) => line.startsWith("one"))).toEqual(numbers.map((n) => `one ${n}`))
    expect(heard.filter((line) => line.startsWith("two"))).toEqual(numbers.map((n) => `two ${n}`))
    expect(heard[0]).toBe("one 0")
    expect(heard[1]).toBe("two 0")
  })

  test("a closed subscription receives nothing more, another one does", async () => {
    const { bus, prefix } = await openBus()
    const heard: string[] = []
    const first = bus.subscribe(`${prefix}:channel`, (message) => heard.push(`first ${message}`))
    const second = bus.subscribe(`${prefix}:channel`, (message) => heard.push(`second ${message}`))
    await Promise.all([first.ready, second.ready])
    first.close()
    first.close()
    bus.publish(`${prefix}:channel`, "a")
    await waitFor(() => heard.length > 0)
    expect(heard).toEqual(["second a"])
    second.close()
    const third = bus.subscribe(`${prefix}:channel`, (message) => heard.push(`third ${message}`))
    await third.ready
    bus.publish(`${prefix}:channel`, "b")
    await waitFor(() => heard.length > 1)
    expect(heard).toEqual(["second a", "third b"])
  })

  test("publishing never delivers synchronously", async () => {
    const { bus, prefix } = await openBus()
    const heard: string[] = []
    await bus.subscribe(`${prefix}:channel`, (message) => heard.push(message)).ready
    bus.publish(`${prefix}:channel`, "a")
    expect(heard).toEqual([])
    await waitFor(() => heard.length === 1)
  })
})

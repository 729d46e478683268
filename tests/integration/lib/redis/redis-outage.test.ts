import { Redis } from "ioredis"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { createLog } from "#lib/log.ts"
import type { Bus } from "#lib/redis/bus.ts"
import { createRedisBus } from "#lib/redis/redis-bus.ts"
import { startRedis, type PrivateRedis } from "#tests/support/private-redis.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const log = createLog("silent")

describe("the redis bus during failures", () => {
  let redis: PrivateRedis
  let bus: Bus
  beforeEach(async () => {
    redis = await startRedis()
    bus = createRedisBus({ url: redis.url, log })
    await waitFor(() => bus.isHealthy())
  })
  afterEach(async () => {
    redis.resume()
    await bus.close()
    await redis.stop()
  })

  async function millisecondsToReject(work: () => Promise<unknown>): Promise<number> {
    const start = performance.now()
    await expect(work()).rejects.toThrow(/./)
    return performance.now() - start
  }

  test("a key of another type fails the claim and survives a release", async () => {
    const stranger = new Redis(redis.url)
    await stranger.lpush("poisoned", "x")
    await expect(bus.claim("poisoned", "mine", 60)).rejects.toThrow("WRONGTYPE")
    await bus.release("poisoned", "mine")
    expect(await stranger.type("poisoned")).toBe("list")
    stranger.disconnect()
  })

  test("a silent server costs a claim 300 ms, and after a few of them nothing", async () => {
    redis.pause()
    expect(await millisecondsToReject(() => bus.claim("key", "a", 60))).toBeLessThan(330)
    await millisecondsToReject(() => bus.claim("key", "b", 60))
    await millisecondsToReject(() => bus.claim("key", "c", 60))
    expect(bus.isHealthy()).toBe(false)
    expect(await millisecondsToReject(() => bus.claim("key", "d", 60))).toBeLessThan(20)
    const start = performance.now()
    await bus.release("key", "e")
    bus.publish("channel", "f")
    expect(performance.now() - start).toBeLessThan(20)
    await expect(bus.subscribe("late", () => {}).ready).rejects.toThrow("in time")

    redis.resume()
    await waitFor(() => bus.isHealthy())
    await bus.claim("after", "g", 60)
    expect(await bus.claim("after", "h", 60)).toBe("g")
  })

  test("a closed port fails claims at once", async () => {
    await redis.kill()
    await waitFor(() => !bus.isHealthy())
    expect(await millisecondsToReject(() => bus.claim("key", "a", 60))).toBeLessThan(20)
    const subscription = bus.subscribe("channel", () => {})
    expect(await millisecondsToReject(() => subscription.ready)).toBeLessThan(20)
  })

  test.each([
    ["restarted empty", async () => await redis.kill(), async () => await redis.restart()],
    [
      "frozen for longer than a ping takes",
      async () => {
        redis.pause()
        await waitFor(() => !bus.isHealthy())
      },
      async () => redis.resume(),
    ],
  ])(
    "%s: earlier and new listeners receive again, then the recovery is reported",
    async (_, fail, mend) => {
      const heard: string[] = []
      let recoveries = 0
      bus.onRecovered(() => recoveries++)
      await bus.subscribe("before", (message) => heard.push(`before ${message}`)).ready
      await fail()
      await waitFor(() => !bus.isHealthy())
      bus.subscribe("meanwhile", (message) => heard.push(`meanwhile ${message}`))
      bus.publish("before", "lost")
      expect(recoveries).toBe(0)
      await mend()
      await waitFor(() => bus.isHealthy() && recoveries > 0)
      await waitFor(() => {
        bus.publish("before", "x")
        bus.publish("meanwhile", "x")
        return heard.includes("before x") && heard.includes("meanwhile x")
      })
      expect(heard).not.toContain("before lost")
    },
  )

  test("a bus started before its server waits for it and reports its arrival", async () => {
    await redis.kill()
    const early = createRedisBus({ url: redis.url, log })
    let recoveries = 0
    early.onRecovered(() => recoveries++)
    const heard: string[] = []
    const subscription = early.subscribe("channel", (message) => heard.push(message))
    await expect(subscription.ready).rejects.toThrow("in time")
    await redis.restart()
    await waitFor(() => recoveries > 0 && early.isHealthy())
    await waitFor(() => {
      early.publish("channel", "x")
      return heard.length > 0
    })
    await early.close()
  })

  test("a listener that throws does not deprive others of the message", async () => {
    const heard: string[] = []
    const broken = bus.subscribe("channel", () => {
      throw new Error("broken")
    })
    const sound = bus.subscribe("channel", (message) => heard.push(message))
    await Promise.all([broken.ready, sound.ready])
    bus.publish("channel", "a")
    await waitFor(() => heard.length === 1)
  })

  test("a closed bus keeps no connection open", async () => {
    const watcher = new Redis(redis.url)
    await bus.close()
    await waitFor(async () => {
      const list = String(await watcher.client("LIST"))
      return !list.includes("studio-")
    })
    watcher.disconnect()
  })
})

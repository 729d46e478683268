import { describe, expect, test } from "vitest"

import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"

import { paced } from "../../../support/paced-words.ts"
import { startRedis, type PrivateRedis } from "../../../support/private-redis.ts"
import { collect, finishPart, submitText } from "../../../support/studio.ts"
import { useTestStudio } from "../../../support/use-test-studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

const studio = useTestStudio()

describe("another process", () => {
  /** Runs a paced turn in one process and reads it in another; returns the largest delay. */
  async function readElsewhere(redis: PrivateRedis | null, during: () => Promise<void> | void) {
    const emittedAt: number[] = []
    studio.script(async function* () {
      for (let index = 0; index < 30; index += 1) {
        emittedAt.push(performance.now())
        yield { type: "text", text: `${index} ` }
        await new Promise((resolve) => setTimeout(resolve, 60))
        if (index === 5) await during()
      }
      yield finishPart()
    })
    const options = { redisUrl: redis?.url ?? null }
    const driver = await studio.start({ ...options, role: "driver" })
    const web = await studio.start({ ...options, role: "web" })
    const conversationId = await studio.createConversation()
    const seen = collect(studio, web, conversationId)
    const arrivedAt: number[] = []
    const { turnId } = await submitText(studio, driver, conversationId, "go")
    await waitFor(
      () => {
        const count = seen.keptText(turnId).trim().split(" ").filter(Boolean).length
        while (arrivedAt.length < count) arrivedAt.push(performance.now())
        return seen.events.some((event) => event.event === "done")
      },
      { timeoutMs: 20_000, everyMs: 5 },
    )
    expect(seen.keptText(turnId)).toBe(
      Array.from({ length: 30 }, (_, index) => `${index} `).join(""),
    )
    expect(seen.events.map((event) => event.id)).toEqual(seen.events.map((_, index) => index + 1))
    return Math.max(...arrivedAt.map((at, index) => at - (emittedAt[index] ?? 0)))
  }

  test("shows each delta with Redis, without it, and while it stops, freezes and returns", async () => {
    const redis = await startRedis()
    try {
      expect(await readElsewhere(redis, () => {})).toBeLessThan(500)
      expect(await readElsewhere(null, () => {})).toBeLessThan(1_200)
      expect(await readElsewhere(redis, () => redis.pause())).toBeLessThan(1_200)
      redis.resume()
      expect(await readElsewhere(redis, () => redis.kill())).toBeLessThan(1_200)
      await redis.restart()
      expect(await readElsewhere(redis, () => redis.restart())).toBeLessThan(1_200)
    } finally {
      await redis.stop()
    }
  })

  test("stops a turn within 1.5 s although Redis is silent", async () => {
    const redis = await startRedis()
    studio.script(() => paced(50))
    try {
      const driver = await studio.start({ redisUrl: redis.url, role: "driver" })
      const web = await studio.start({ redisUrl: redis.url, role: "web" })
      const conversationId = await studio.createConversation()
      const { turnId } = await submitText(studio, driver, conversationId, "go")
      const seen = collect(studio, web, conversationId)
      await waitFor(() => seen.keptText(turnId) !== "")
      redis.pause()
      const clickedAt = performance.now()
      await interruptTurn(web, studio.principal, { conversationId, turnId })
      await waitFor(async () => {
        const rows = await studio.db.$client`select outcome from turns where id = ${turnId}`
        return rows[0]?.["outcome"] === "interrupted"
      })
      expect(performance.now() - clickedAt).toBeLessThan(1_500)
      redis.resume()
      await seen.done(turnId)
    } finally {
      redis.resume()
      await redis.stop()
    }
  })
})

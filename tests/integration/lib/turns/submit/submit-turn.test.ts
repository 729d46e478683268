import { randomUUID } from "node:crypto"

import { Redis } from "ioredis"
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest"

import { readRows } from "#lib/journal/read-events.ts"
import { limits } from "#lib/protocol/limits.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"
import { startRedis, type PrivateRedis } from "#tests/support/private-redis.ts"
import { createTestStudio, submissionOf, type TestStudio } from "#tests/support/studio.ts"
import { waitFor } from "#tests/support/wait-for.ts"

let studio: TestStudio
let redis: PrivateRedis
let first: StartedRuntime
let second: StartedRuntime
/** Called at each fail point of both runtimes. */
let atFailpoint: (name: string) => Promise<void> | void = () => {}

beforeAll(async () => {
  ;[studio, redis] = await Promise.all([createTestStudio(), startRedis()])
  const options = {
    role: "web" as const,
    redisUrl: redis.url,
    failpoint: (name: string) => atFailpoint(name),
  }
  first = await studio.start(options)
  second = await studio.start(options)
})

afterAll(async () => {
  await studio.stop()
  await redis.stop()
})

async function countEffects(conversationId: string) {
  const rows = await readRows(studio.db, {
    tenantId: studio.principal.tenantId,
    conversationId,
    rowsMax: 1_000,
  })
  const [turns] = await studio.db.$client<{ count: number }[]>`
    select count(*)::int as count from turns where conversation_id = ${conversationId}`
  return { messages: rows.filter((row) => row.kind === "message").length, turns: turns?.count }
}

/** 100 concurrent submits of one key over two runtimes: one effect, equal answers. */
async function expectOneEffect() {
  const conversationId = await studio.createConversation()
  const submission = submissionOf("once")
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      submitTurn(index % 2 === 0 ? first : second, studio.principal, conversationId, submission),
    ),
  )
  const ids = new Set(
    results.map((result) => (result.outcome === "conflicting" ? "conflict" : result.turnId)),
  )
  expect(ids.size).toBe(1)
  expect(results.filter((result) => result.outcome === "accepted")).toHaveLength(1)
  expect(results.filter((result) => result.outcome === "replayed")).toHaveLength(99)
  expect(await countEffects(conversationId)).toEqual({ messages: 1, turns: 1 })
}

describe("one key, many submits", () => {
  test("a hundred at once over two processes have one effect", async () => {
    await expectOneEffect()
  })

  test("flushing Redis between every two steps of every submit adds no second effect", async () => {
    const flusher = await import("ioredis").then(({ Redis }) => new Redis(redis.url))
    atFailpoint = async () => {
      await flusher.flushall()
    }
    try {
      await expectOneEffect()
    } finally {
      atFailpoint = () => {}
      flusher.disconnect()
    }
  })

  test("a silent Redis delays no answer beyond 1.5 s and adds no second effect", async () => {
    redis.pause()
    try {
      const startedAt = performance.now()
      await expectOneEffect()
      expect(performance.now() - startedAt).toBeLessThan(1_500)
    } finally {
      redis.resume()
    }
  })

  test("a dead Redis adds no second effect, nor does its empty return", async () => {
    await redis.kill()
    await expectOneEffect()
    const conversationId = await studio.createConversation()
    const submission = submissionOf("before and after")
    const before = await submitTurn(first, studio.principal, conversationId, submission)
    await redis.restart()
    const after = await submitTurn(second, studio.principal, conversationId, submission)
    expect(before.outcome).toBe("accepted")
    expect(after).toEqual({ ...before, outcome: "replayed", rate: null })
  })

  test("a value of another type at our key is ignored", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("poisoned")
    const key = first.keys.idempotency(conversationId, "message", submission.idempotencyKey ?? "")
    const { Redis } = await import("ioredis")
    const client = new Redis(redis.url)
    await client.lpush(key, "poison")
    client.disconnect()
    const result = await submitTurn(first, studio.principal, conversationId, submission)
    expect(result.outcome).toBe("accepted")
  })

  test("the claim of a process that died before its commit does not count as accepted", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("taken over")
    atFailpoint = (name) => {
      if (name === "submit.before_insert") throw new Error("died")
    }
    const key = first.keys.idempotency(conversationId, "message", submission.idempotencyKey ?? "")
    await expect(submitTurn(first, studio.principal, conversationId, submission)).rejects.toThrow(
      "died",
    )
    atFailpoint = () => {}
    await waitFor(() => first.bus.isHealthy(), { timeoutMs: 10_000 })
    expect(await first.bus.claim(key, randomUUID(), 60)).toBeNull()
    const retry = await submitTurn(second, studio.principal, conversationId, submission)
    expect(retry.outcome).toBe("accepted")
    expect(await countEffects(conversationId)).toEqual({ messages: 1, turns: 1 })
  })

  test("the same key with another text is refused and stores nothing", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("first words")
    await submitTurn(first, studio.principal, conversationId, submission)
    const other = { ...submission, text: "other words" }
    expect(await submitTurn(second, studio.principal, conversationId, other)).toEqual({
      outcome: "conflicting",
    })
    expect(await countEffects(conversationId)).toEqual({ messages: 1, turns: 1 })
  })

  test("identity and unknown claims are not part of the fingerprint", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("same")
    await submitTurn(first, studio.principal, conversationId, submission)
    const again = { ...submission, identityJson: '{"sub":"someone else"}' }
    const result = await submitTurn(first, studio.principal, conversationId, again)
    expect(result.outcome).toBe("replayed")
  })

  test("after 24 hours by the database's clock the key is free", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("a day")
    const before = await submitTurn(first, studio.principal, conversationId, submission)
    const age = async (interval: string) =>
      await studio.db.$client`
        update idempotency_keys set expires_at = expires_at - ${interval}::interval
        where conversation_id = ${conversationId}`
    await age("23 hours 59 minutes")
    expect((await submitTurn(first, studio.principal, conversationId, submission)).outcome).toBe(
      "replayed",
    )
    await age("2 minutes")
    const after = await submitTurn(first, studio.principal, conversationId, submission)
    expect(after.outcome).toBe("accepted")
    expect(after).not.toEqual(before)
    expect(await countEffects(conversationId)).toEqual({ messages: 2, turns: 2 })
  })

  test("Redis keeps a key's claim for 24 hours, and only for an accepted message", async () => {
    const conversationId = await studio.createConversation()
    await waitFor(() => first.bus.isHealthy(), { timeoutMs: 10_000 })
    const stranger = new Redis(redis.url)
    onTestFinished(() => stranger.disconnect())
    const secondsLeft = async (key: string) =>
      await stranger.ttl(first.keys.idempotency(conversationId, "message", key))
    const submission = submissionOf("a day")
    await submitTurn(first, studio.principal, conversationId, submission)
    const seconds = await secondsLeft(submission.idempotencyKey ?? "")
    expect(seconds).toBeGreaterThan(24 * 3_600 - 60)
    expect(seconds).toBeLessThanOrEqual(24 * 3_600)
    const refused = submissionOf("to nowhere")
    const elsewhere = randomUUID()
    await expect(submitTurn(first, studio.principal, elsewhere, refused)).rejects.toThrow(
      "Not found",
    )
    const key = first.keys.idempotency(elsewhere, "message", refused.idempotencyKey ?? "")
    // -2: the key does not exist.
    expect(await stranger.ttl(key)).toBe(-2)
  })

  test("the retry of an accepted message is answered although the agent was disabled since", async () => {
    const conversationId = await studio.createConversation()
    const submission = submissionOf("before")
    const before = await submitTurn(first, studio.principal, conversationId, submission)
    const setStatus = async (status: string) =>
      await studio.db.$client`
        update agents set status = ${status} where tenant_id = ${studio.principal.tenantId}`
    await setStatus("disabled")
    try {
      expect(await submitTurn(second, studio.principal, conversationId, submission)).toEqual({
        ...before,
        outcome: "replayed",
        rate: null,
      })
      await expect(
        submitTurn(second, studio.principal, conversationId, submissionOf("after")),
      ).rejects.toMatchObject({ code: "agent_disabled" })
    } finally {
      await setStatus("active")
    }
  })

  test("one key in two conversations is two submits", async () => {
    const submission = submissionOf("both")
    const [one, other] = [await studio.createConversation(), await studio.createConversation()]
    expect((await submitTurn(first, studio.principal, one, submission)).outcome).toBe("accepted")
    expect((await submitTurn(first, studio.principal, other, submission)).outcome).toBe("accepted")
  })
})

describe("refusals", () => {
  test("another person's conversation is not found, with and without a key", async () => {
    const conversationId = await studio.createConversation()
    const stranger = { ...studio.principal, userId: randomUUID() }
    const submission = submissionOf("mine?")
    await submitTurn(first, studio.principal, conversationId, submission)
    for (const tried of [submission, { ...submission, idempotencyKey: null }]) {
      await expect(submitTurn(first, stranger, conversationId, tried)).rejects.toMatchObject({
        code: "not_found",
      })
    }
  })

  test("the fifty-first queued message is refused, its key stays free, and seqs have no gap", async () => {
    const conversationId = await studio.createConversation()
    const tries = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        submitTurn(first, studio.principal, conversationId, submissionOf(`text ${index}`)),
      ),
    )
    const refused = tries.filter((attempt) => attempt.status === "rejected")
    expect(tries.length - refused.length).toBe(limits.queuedTurnsMax)
    for (const attempt of refused) {
      expect(attempt.reason).toMatchObject({ code: "queue_full" })
    }
    const rows = await readRows(studio.db, {
      tenantId: studio.principal.tenantId,
      conversationId,
      rowsMax: 1_000,
    })
    expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1))
    const [keys] = await studio.db.$client<{ count: number }[]>`
      select count(*)::int as count from idempotency_keys where conversation_id = ${conversationId}`
    expect(keys?.count).toBe(limits.queuedTurnsMax)
  })
})

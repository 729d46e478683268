import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { anyone } from "#db/schema/usage.ts"
import type { Env } from "#lib/env.ts"
import { createMemoryBus } from "#lib/redis/memory-bus.ts"
import { call, type Answer } from "#tests/support/http.ts"
import {
  addAgent,
  addConversation,
  addPerson,
  addTenant,
  type TestPerson,
} from "#tests/support/people.ts"
import { serveStudio } from "#tests/support/studio-server.ts"
import { createTestStudio, type TestStudio } from "#tests/support/studio.ts"

let studio: TestStudio
beforeAll(async () => (studio = await createTestStudio()))
afterAll(async () => await studio?.stop())

/** A server with these limits, an admin of their own tenant, and a conversation. */
async function open(values: Partial<Env>, bus = createMemoryBus()) {
  const runtime = await studio.start({ role: "web", env: values, bus })
  const server = await serveStudio(runtime)
  const { url } = server
  const tenantId = await addTenant(studio.db, "Limited")
  const agentId = await addAgent(studio.db, tenantId, { slug: "a" })
  const ada = await addPerson(studio.db, tenantId, { name: "Ada", role: "admin" })
  const conversationId = await addConversation(studio.db, ada, agentId)
  const submit = (key: string): Promise<Answer> =>
    call(url, "POST", `/v1/api/conversations/${conversationId}/messages`, {
      token: ada.token,
      json: { text: `message ${key}`, idempotency_key: key },
    })
  return { url, ada, tenantId, conversationId, runtime, submit, close: () => server.close() }
}

describe("rate limits", () => {
  test("a submit over the limit has to wait; the retry of an accepted one never does", async () => {
    const { submit, close } = await open({ STUDIO_SUBMITS_PER_MINUTE: 2 })
    const first = await submit("one")
    expect(first.status).toBe(202)
    expect(first.headers["ratelimit-policy"]).toBe('"submits";q=2;w=60')
    expect(first.headers["ratelimit"]).toBe('"submits";r=1;t=30')
    expect((await submit("one")).json["idempotent"]).toBe(true)
    expect((await submit("two")).status).toBe(202)
    const refused = await submit("three")
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({ code: "rate_limited", error: expect.any(String) })
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(20)
    expect(refused.headers["ratelimit"]).toMatch(/^"submits";r=0;t=\d+$/)
    const again = await submit("one")
    expect(again.json).toEqual({ ...first.json, idempotent: true })
    await close()
  })

  test("a claimed key, of any person, does not bypass the limit", async () => {
    const bus = createMemoryBus()
    const { submit, conversationId, runtime, close } = await open(
      { STUDIO_SUBMITS_PER_MINUTE: 2 },
      bus,
    )
    const hold = async (key: string) =>
      await bus.claim(runtime.keys.idempotency(conversationId, "message", key), "elsewhere", 60)
    const statuses: number[] = []
    for (const key of ["one", "two", "three"]) {
      await hold(key)
      statuses.push((await submit(key)).status)
    }
    expect(statuses).toEqual([202, 202, 429])
    await hold("one")
    expect((await submit("one")).json["idempotent"]).toBe(true)
    await close()
  })

  test("… even after the bus has lost the claim", async () => {
    const bus = createMemoryBus()
    const { submit, close } = await open({ STUDIO_SUBMITS_PER_MINUTE: 1 }, bus)
    const first = await submit("one")
    await bus.close()
    expect((await submit("two")).status).toBe(202)
    expect((await submit("three")).status).toBe(429)
    expect((await submit("one")).json).toEqual({ ...first.json, idempotent: true })
    await close()
  })

  test("without the bus the process counts for itself: no one is exempt or locked out", async () => {
    const bus = { ...createMemoryBus(), take: () => Promise.reject(new Error("Redis is away.")) }
    const { submit, close } = await open({ STUDIO_SUBMITS_PER_MINUTE: 2 }, bus)
    const statuses = []
    for (const key of ["one", "two", "three", "one"]) statuses.push((await submit(key)).status)
    expect(statuses).toEqual([202, 202, 429, 202])
    await close()
  })

  test("reads, writes and new tokens have separate limits", async () => {
    const { url, ada, close } = await open({
      STUDIO_READS_PER_MINUTE: 1,
      STUDIO_WRITES_PER_MINUTE: 1,
      STUDIO_MINTS_PER_MINUTE: 1,
    })
    const read = () => call(url, "GET", "/v1/api/me", { token: ada.token })
    const write = () => call(url, "POST", "/v1/api/conversations", { token: ada.token, json: {} })
    const mint = () =>
      call(url, "POST", "/v1/api/tokens", { token: ada.token, json: { name: "x" } })
    const statuses = []
    for (const send of [read, write, mint, read, write, mint]) statuses.push((await send()).status)
    expect(statuses).toEqual([200, 422, 201, 429, 429, 429])
    await close()
  })

  test("failed authentications are counted by address, and never affect valid tokens", async () => {
    const { url, ada, close } = await open({ STUDIO_GUESSES_PER_MINUTE: 2 })
    const guess = (token?: string) => call(url, "GET", "/v1/api/me", { token })
    const statuses = []
    for (const token of [undefined, "hq_pat_x", "hq_pat_y", ada.token])
      statuses.push((await guess(token)).status)
    expect(statuses).toEqual([401, 401, 429, 200])
    await close()
  })
})

describe("the budget", () => {
  const path = "/v1/admin/budget"
  const setLimit = (url: string, { token }: TestPerson, limit: unknown) =>
    call(url, "PATCH", path, { token, json: { monthly_token_limit: limit } })

  test("once spent, refuses messages with 402, except the retry of an accepted one", async () => {
    const { url, ada, tenantId, submit, close } = await open({})
    const first = await submit("one")
    await useTokens(tenantId, 100)
    expect((await setLimit(url, ada, 100)).json).toMatchObject({
      monthly_token_limit: 100,
      used_tokens: 100,
      resets_at: expect.stringMatching(/^\d{4}-\d\d-01T00:00:00\.000Z$/),
    })
    const refused = await submit("two")
    expect(refused.status).toBe(402)
    expect(refused.json["code"]).toBe("over_budget")
    expect((await submit("one")).json).toEqual({ ...first.json, idempotent: true })
    await setLimit(url, ada, null)
    expect((await submit("two")).status).toBe(202)
    await close()
  })

  test("records a change with the old and new value", async () => {
    const { url, ada, tenantId, close } = await open({})
    await setLimit(url, ada, 5_000)
    await setLimit(url, ada, null)
    for (const limit of [-1, 1.5, "10", undefined]) {
      expect([limit, (await setLimit(url, ada, limit)).status]).toEqual([limit, 422])
    }
    const rows = await studio.db.$client<{ actorId: string; detail: object }[]>`
      select actor_id, detail::jsonb from audit
      where tenant_id = ${tenantId} and action = 'budget.changed' order by at, id`
    expect(rows).toEqual([
      { actorId: ada.userId, detail: { from: null, to: 5_000 } },
      { actorId: ada.userId, detail: { from: 5_000, to: null } },
    ])
    expect((await call(url, "GET", path, { token: ada.token })).json).toMatchObject({
      monthly_token_limit: null,
      used_tokens: 0,
    })
    await close()
  })

  async function useTokens(tenantId: string, tokens: number): Promise<void> {
    await studio.db.$client`
      insert into usage_days (tenant_id, day, agent_id, user_id, input_tokens, latency_counts)
      values (${tenantId}, (now() at time zone 'utc')::date, ${anyone}, ${anyone}, ${tokens}, '{}')`
  }
})

import { describe, expect, test } from "vitest"

import { ApiError } from "#lib/client/api/api.ts"
import type { OutboxEntry } from "#lib/client/outbox/outbox-store.ts"
import { submitMessage, takenBack } from "#lib/client/outbox/submit.ts"

const hours = 60 * 60 * 1_000
const now = 1_000_000 * hours
const entry: OutboxEntry = {
  key: "key-1",
  userId: "u",
  destination: { kind: "conversation", id: "c" },
  text: "hello",
  files: [],
  order: 1,
  firstTryMs: now,
  refusal: null,
}

function attempt(
  answers: (object | Error)[],
  changes: Partial<OutboxEntry> = {},
  onWait: (abort: AbortController) => void = () => {},
) {
  const keys: unknown[] = []
  const calls: string[] = []
  const waits: number[] = []
  const abort = new AbortController()
  let at = 0
  const outcome = submitMessage(
    { ...entry, ...changes },
    {
      signal: abort.signal,
      onRetrying: () => {},
      random: () => 0,
      waitFor: async (ms) => {
        waits.push(ms)
        onWait(abort)
      },
      now: () => now,
      call: async (method, path, options) => {
        calls.push(`${method} ${path.split("?")[0]}`)
        keys.push(Object(options?.body).idempotency_key)
        const answer = answers[Math.min(at++, answers.length - 1)]
        if (answer instanceof Error) throw answer
        return answer
      },
    },
  )
  return { outcome, keys, calls, waits, abort }
}

const failed = (status: number, code = "x", retryAfterMs = 0) =>
  new ApiError("No.", { status, code, retryAfterMs })
const accepted = { accepted: true, turn_id: "t" }

describe("submitMessage", () => {
  test("sends the time zone, and omits one that the server does not know", async () => {
    const zones: unknown[] = []
    const unknown = new ApiError("No.", {
      status: 422,
      code: "invalid_field",
      retryAfterMs: 0,
      field: "time_zone",
    })
    const outcome = await submitMessage(entry, {
      signal: new AbortController().signal,
      onRetrying: () => {},
      now: () => now,
      call: async (_method, _path, options) => {
        zones.push(Object(options?.body).time_zone)
        if (zones.length === 1) throw unknown
        return accepted
      },
    })
    expect(outcome.outcome).toBe("accepted")
    expect(zones).toEqual([new Intl.DateTimeFormat().resolvedOptions().timeZone, undefined])
  })

  test("every retry of a click uses the click's key", async () => {
    const { outcome, keys } = attempt([
      failed(0),
      failed(503),
      failed(429, "rate_limited"),
      accepted,
    ])
    expect(await outcome).toMatchObject({ outcome: "accepted" })
    expect(keys).toEqual(["key-1", "key-1", "key-1", "key-1"])
  })

  test("Retry-After is respected", async () => {
    const { outcome, waits } = attempt([failed(503, "unavailable", 7_000), accepted])
    await outcome
    expect(waits).toEqual([7_000])
  })

  test.each([400, 401, 402, 403, 404, 409, 413, 415, 422])(
    "%i is refused at once",
    async (status) => {
      const { outcome, keys } = attempt([failed(status, "no"), accepted])
      expect(await outcome).toEqual({ outcome: "refused", status, code: "no", message: "No." })
      expect(keys).toHaveLength(1)
    },
  )

  test("a full queue refuses instead of waiting", async () => {
    const { outcome } = attempt([failed(429, "queue_full"), accepted])
    expect(await outcome).toMatchObject({ outcome: "refused", code: "queue_full" })
  })

  test.each([500, 408])(
    "after a few consecutive %i responses the text is returned",
    async (status) => {
      const { outcome, keys } = attempt([failed(status)])
      expect(await outcome).toMatchObject({ outcome: "refused", status })
      expect(keys).toHaveLength(4)
    },
  )

  test("failures while offline do not count", async () => {
    const away = Array.from({ length: 9 }, () => failed(0))
    const { outcome } = attempt([...away, failed(500), failed(408), ...away, failed(500), accepted])
    expect(await outcome).toMatchObject({ outcome: "accepted" })
  })

  test("a new conversation is created with the same key in every attempt", async () => {
    const { outcome, keys, calls } = attempt(
      [failed(0), { id: "made" }, failed(503), { id: "made" }, accepted],
      {
        destination: { kind: "new", agentId: "a" },
      },
    )
    expect(await outcome).toEqual({ outcome: "accepted", conversationId: "made" })
    expect(new Set(keys)).toEqual(new Set(["key-1"]))
    expect(calls.at(-1)).toBe("POST /v1/api/conversations/made/messages")
  })

  test("after a day the journal is checked first, back to the first attempt", async () => {
    const row = (seq: number, key: string, atMs: number) => ({
      seq,
      kind: "message",
      payload: { idempotency_key: key },
      created_at: new Date(atMs).toISOString(),
    })
    const old = { firstTryMs: now - 24 * hours }
    const found = attempt([[row(9, "x", now)], [row(5, "key-1", now - 24 * hours)]], old)
    expect(await found.outcome).toMatchObject({ outcome: "accepted", conversationId: "c" })
    expect(found.calls.some((call) => call.startsWith("POST"))).toBe(false)
    const missing = attempt([[row(9, "x", now)], [row(5, "y", now - 30 * hours)], accepted], old)
    expect(await missing.outcome).toMatchObject({ outcome: "accepted" })
    expect(missing.calls.at(-1)).toBe("POST /v1/api/conversations/c/messages")
    const young = attempt([accepted], { firstTryMs: now - 22 * hours })
    await young.outcome
    expect(young.calls).toEqual(["POST /v1/api/conversations/c/messages"])
  })

  test("a refused message also removes the conversation created for it", async () => {
    const begins = { destination: { kind: "new", agentId: "a" } } as const
    const refused = attempt([{ id: "c" }, failed(402, "over_budget"), {}], begins)
    expect(await refused.outcome).toMatchObject({ outcome: "refused", isKeySpent: true })
    expect(refused.calls).toEqual([
      "POST /v1/api/conversations",
      "POST /v1/api/conversations/c/messages",
      "DELETE /v1/api/conversations/c",
    ])
    const signedOut = attempt([{ id: "c" }, failed(401), {}], begins)
    expect(await signedOut.outcome).not.toHaveProperty("isKeySpent")
    expect(signedOut.calls).toHaveLength(2)
    const notBegun = attempt([failed(409, "agent_disabled")], begins)
    expect(await notBegun.outcome).not.toHaveProperty("isKeySpent")
    expect(notBegun.calls).toHaveLength(1)
  })

  test("a withdrawal leaves nothing; a hand-over to another tab leaves the conversation", async () => {
    const begins = { destination: { kind: "new", agentId: "a" } } as const
    const answers = [{ id: "c" }, failed(503), {}]
    const mine = attempt(answers, begins, (abort) => abort.abort(takenBack))
    expect(await mine.outcome).toEqual({ outcome: "cancelled", isKeySpent: true })
    expect(mine.calls.at(-1)).toBe("DELETE /v1/api/conversations/c")
    const handedOver = attempt(answers, begins, (abort) => abort.abort())
    expect(await handedOver.outcome).toEqual({ outcome: "cancelled" })
    expect(handedOver.calls).toHaveLength(2)
  })

  test("a pending retry can be cancelled", async () => {
    const { outcome, abort } = attempt([failed(0)])
    abort.abort()
    expect(await outcome).toEqual({ outcome: "cancelled" })
  })
})

import { describe, expect, test } from "vitest"

import { ApiError } from "#lib/client/api.ts"
import { submitMessage } from "#lib/client/submit.ts"

const request = { conversationId: "c", text: "hello", attachments: [], idempotencyKey: "key-1" }

function attempt(answers: (object | Error)[]) {
  const keys: unknown[] = []
  const waits: number[] = []
  const abort = new AbortController()
  let at = 0
  const outcome = submitMessage(request, {
    signal: abort.signal,
    onRetrying: () => {},
    random: () => 0,
    waitFor: async (ms) => void waits.push(ms),
    call: async (_method, _path, options) => {
      keys.push(JSON.parse(JSON.stringify(options?.body)).idempotency_key)
      const answer = answers[Math.min(at++, answers.length - 1)]
      if (answer instanceof Error) throw answer
      return answer
    },
  })
  return { outcome, keys, waits, abort }
}

const failed = (status: number, code = "x", retryAfterMs = 0) =>
  new ApiError("No.", { status, code, retryAfterMs })
const accepted = { accepted: true, turn_id: "t" }

describe("submitMessage", () => {
  test("every retry of a click carries the click's key", async () => {
    const { outcome, keys } = attempt([
      failed(0),
      failed(503),
      failed(429, "rate_limited"),
      accepted,
    ])
    expect(await outcome).toMatchObject({ outcome: "accepted" })
    expect(keys).toEqual(["key-1", "key-1", "key-1", "key-1"])
  })

  test("Retry-After is waited for", async () => {
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

  test("a full queue is refused, not waited for", async () => {
    const { outcome } = attempt([failed(429, "queue_full"), accepted])
    expect(await outcome).toMatchObject({ outcome: "refused", code: "queue_full" })
  })

  test("a server that keeps failing gives the text back after a few tries", async () => {
    const { outcome, keys } = attempt([failed(500, "internal")])
    expect(await outcome).toMatchObject({ outcome: "refused", status: 500 })
    expect(keys).toHaveLength(4)
  })

  test("giving up while it retries is cancelled", async () => {
    const { outcome, abort } = attempt([failed(0)])
    abort.abort()
    expect(await outcome).toEqual({ outcome: "cancelled" })
  })
})

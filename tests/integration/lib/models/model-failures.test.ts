import { setTimeout as sleep } from "node:timers/promises"

import { describe, expect, it } from "vitest"

import { refuse, refuseContextLength, say, wait } from "#tests/support/model-script.ts"
import { startModelServer } from "#tests/support/model-server.ts"
import { collect, failureOf, stepRequest, textOf, useVendor } from "#tests/support/model-steps.ts"
import { waitFor } from "#tests/support/wait-for.ts"

const vendor = useVendor()
const { models, step } = vendor

describe("a failure", () => {
  it.each([
    [
      "401",
      () => refuse(401, apiError("Incorrect API key provided: topsecret-key-1234")),
      "model_unauthorized",
      false,
    ],
    ["403", () => refuse(403, apiError("no")), "model_unauthorized", false],
    [
      "404",
      () => refuse(404, apiError("The model x does not exist")),
      "model_refused_request",
      false,
    ],
    ["400 for the context length", refuseContextLength, "context_too_long", false],
    [
      "400 that echoes the key",
      () => refuse(400, apiError("bad key topsecret-key-1234 sk-abcdefghijkl")),
      "model_refused_request",
      false,
    ],
    [
      "429 that asks for too much patience",
      () => refuse(429, apiError("slow down"), { "Retry-After": "600" }),
      "model_rate_limited",
      true,
    ],
  ] as const)(
    "of status %s ends the step once, without a secret",
    async (_, action, code, recoverable) => {
      vendor.server.script(() => [action()])
      const { error, text } = await failureOf(step("hello"))
      expect(error).toMatchObject({ code, recoverable })
      expect(text).toBe("")
      expect(vendor.server.requests).toHaveLength(1)
      expect(`${error.message} ${String(error.cause)} ${error.stack}`).not.toMatch(
        /topsecret|sk-abc/,
      )
      expect(error.message).toMatch(/^[A-Z].*\.|…$/)
    },
  )

  it.each([
    ["500", 500, "model_overloaded"],
    ["529", 529, "model_overloaded"],
    ["429", 429, "model_rate_limited"],
  ])("of status %s is attempted three times in total, then reported", async (_, status, code) => {
    vendor.server.script(() => [refuse(status, apiError("try later"), { "Retry-After": "0" })])
    const { error } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code, recoverable: true })
    expect(vendor.server.requests).toHaveLength(3)
  })

  it("before the first chunk is retried after the provider's Retry-After", async () => {
    const times: number[] = []
    vendor.server.script((requestNumber) => {
      times.push(Date.now())
      return requestNumber === 1
        ? [refuse(429, apiError("slow down"), { "Retry-After": "1" })]
        : [say("here I am")]
    })
    expect(textOf(await collect(step("hello")))).toBe("here I am")
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900)
  })

  it("in the middle of an answer keeps the text and is never retried", async () => {
    vendor.server.script(function* () {
      yield say("half an ")
      yield wait(20)
      yield { type: "cut" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code: "model_cut_off", recoverable: true })
    expect(text).toBe("half an ")
    expect(vendor.server.requests).toHaveLength(1)
  })

  it("by an answer that ends without its last event counts as cut off", async () => {
    vendor.server.script(function* () {
      yield say("half an ")
      yield { type: "end" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error.code).toBe("model_cut_off")
    expect(text).toBe("half an ")
  })

  it("by silence is detected after the limit, and the socket is closed", async () => {
    vendor.server.script(function* () {
      yield say("thinking")
      yield { type: "stall" }
    })
    const stalling = models({}, { limits: { silenceMs: 150, firstByteMs: 150 } })
    const { error, text } = await failureOf(stalling.streamStep(stepRequest("hello")))
    expect(error).toMatchObject({ code: "model_stalled", recoverable: true })
    expect(text).toBe("thinking")
    await waitFor(() => vendor.server.openConnections() === 0)
  })

  it("by silence before the first byte is detected the same way", async () => {
    vendor.server.script(() => [{ type: "stall" }])
    const stalling = models({}, { limits: { silenceMs: 150, firstByteMs: 150 } })
    expect((await failureOf(stalling.streamStep(stepRequest("hello")))).error.code).toBe(
      "model_stalled",
    )
    await waitFor(() => vendor.server.openConnections() === 0)
  })

  it("by silence does not count while the reader is not waiting", async () => {
    vendor.server.script(function* () {
      yield say("one ")
      yield wait(20)
      yield say("two")
    })
    const patient = models({}, { limits: { silenceMs: 150, firstByteMs: 150 } })
    let text = ""
    for await (const part of patient.streamStep(stepRequest("hello"))) {
      if (part.type !== "text") continue
      text += part.text
      await sleep(400)
    }
    expect(text).toBe("one two")
  })

  it.each([
    ["a line that is no JSON", "data: {not json\n\n"],
    ["a line without an end", `data: {"x":"${"x".repeat(2 * 1024 * 1024)}`],
  ])("by %s ends the step as a bad response and closes the socket", async (_, data) => {
    vendor.server.script(function* () {
      yield say("so far")
      yield { type: "raw", data }
      yield { type: "stall" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code: "model_bad_response", recoverable: true })
    expect(text).toBe("so far")
    await waitFor(() => vendor.server.openConnections() === 0)
  })

  it("reported inside the stream is treated like one with a status", async () => {
    vendor.server.script(function* () {
      yield say("so far")
      yield {
        type: "raw",
        data: 'data: {"error":{"message":"Overloaded","type":"overloaded_error","code":529}}\n\n',
      }
    })
    expect((await failureOf(step("hello"))).error.code).toBe("model_overloaded")
  })

  it("to connect is reported as unreachable", async () => {
    const gone = await startModelServer()
    await gone.close()
    const away = models({ OPENAI_COMPATIBLE_BASE_URL: gone.url })
    const { error } = await failureOf(away.streamStep(stepRequest("hello")))
    expect(error).toMatchObject({ code: "model_unreachable", recoverable: true })
  })

  it("to resolve the host is reported as unreachable", async () => {
    const away = models({ OPENAI_COMPATIBLE_BASE_URL: "http://no-such-host.invalid/v1" })
    const { error } = await failureOf(away.streamStep(stepRequest("hello")))
    expect(error.code).toBe("model_unreachable")
  })

  it.each([
    ["a provider without a key", "openai/gpt-x", "OPENAI_API_KEY"],
    ["a provider that does not exist", "acme/gpt", "openai-compatible"],
    ["no provider at all", "gpt", "provider/name"],
  ])("of a model of %s names the missing setting", async (_, model, hint) => {
    const { error } = await failureOf(step("hello", { model }))
    expect(error).toMatchObject({ code: "model_not_configured", recoverable: false })
    expect(error.message).toContain(hint)
    expect(vendor.server.requests).toHaveLength(0)
  })
})

function apiError(message: string) {
  return { error: { message, type: "error", code: null } }
}

describe("an abort", () => {
  it("in the middle of an answer ends the step and closes the provider's socket", async () => {
    vendor.server.script(function* () {
      for (;;) {
        yield say("word ")
        yield wait(5)
      }
    })
    const stop = new AbortController()
    const parts: string[] = []
    for await (const part of step("hello", { signal: stop.signal })) {
      parts.push(part.type)
      if (parts.length === 3) stop.abort()
    }
    expect(parts).not.toContain("finish")
    await waitFor(() => vendor.server.openConnections() === 0, { timeoutMs: 1_000 })
  })

  it("before the first byte does the same", async () => {
    vendor.server.script(() => [{ type: "stall" }])
    const stop = new AbortController()
    const ended = collect(step("hello", { signal: stop.signal }))
    await waitFor(() => vendor.server.openConnections() === 1)
    stop.abort()
    expect(await ended).toEqual([])
    await waitFor(() => vendor.server.openConnections() === 0, { timeoutMs: 1_000 })
  })

  it("while waiting to retry ends the wait", async () => {
    vendor.server.script(() => [refuse(429, apiError("slow down"), { "Retry-After": "15" })])
    const stop = new AbortController()
    const ended = collect(step("hello", { signal: stop.signal }))
    await waitFor(() => vendor.server.requests.length === 1)
    const stoppedAt = Date.now()
    stop.abort()
    expect(await ended).toEqual([
      { type: "status", message: "The model is busy; trying again in 15 s" },
    ])
    expect(Date.now() - stoppedAt).toBeLessThan(1_000)
  })

  it("by a reader that stops reading closes the socket as well", async () => {
    vendor.server.script(function* () {
      for (;;) {
        yield say("word ")
        yield wait(5)
      }
    })
    for await (const part of step("hello")) if (part.type === "text") break
    await waitFor(() => vendor.server.openConnections() === 0, { timeoutMs: 1_000 })
    expect(vendor.server.openConnections()).toBe(0)
  })
})

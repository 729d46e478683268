import { afterEach, beforeEach, describe, expect, it } from "vitest"

import type { Env } from "#lib/env.ts"
import type { HistoryAttachment, HistoryMessage, StepRequest } from "#lib/models/step.ts"
import {
  callTools,
  finish,
  type ModelServer,
  refuse,
  refuseContextLength,
  say,
  startModelServer,
  wait,
} from "#tests/support/model-server.ts"
import {
  collect,
  failureOf,
  finishOf,
  stepRequest,
  testModels,
  textOf,
  user,
  weatherTool,
} from "#tests/support/model-steps.ts"
import { waitFor } from "#tests/support/wait-for.ts"

let server: ModelServer
const id = "openai-compatible/test-model"

beforeEach(async () => {
  server = await startModelServer()
})
afterEach(async () => {
  await server.close()
})

function models(values: Partial<Env> = {}, options: { chunkTimeoutMs?: number } = {}) {
  return testModels(
    {
      STUDIO_MODEL: id,
      OPENAI_COMPATIBLE_BASE_URL: server.url,
      OPENAI_COMPATIBLE_API_KEY: "topsecret-key-1234",
      ...values,
    },
    options,
  )
}

function step(said: string | readonly HistoryMessage[], values: Partial<StepRequest> = {}) {
  return models().streamStep(stepRequest(said, values))
}

describe("an answer", () => {
  it("arrives chunk by chunk, as the vendor sends it", async () => {
    const gate = Promise.withResolvers<void>()
    server.script(function* () {
      yield say("first ")
      yield wait(gate.promise)
      yield say("second")
    })
    const parts = step("hello")[Symbol.asyncIterator]()
    expect((await parts.next()).value).toEqual({ type: "text", text: "first " })
    gate.resolve()
    expect((await parts.next()).value).toEqual({ type: "text", text: "second" })
    expect((await parts.next()).value).toMatchObject({ type: "finish", reason: "end" })
    expect((await parts.next()).done).toBe(true)
  })

  it("carries the vendor's own token numbers, and a cost only where prices are set", async () => {
    server.script(function* () {
      yield say("hi")
      yield finish("stop", { prompt_tokens: 1000, completion_tokens: 200 })
    })
    const free = finishOf(await collect(step("hello")))
    expect(free.usage).toEqual({
      model: id,
      inputTokens: 1000,
      outputTokens: 200,
      costUsd: null,
    })
    const priced = models({ STUDIO_PRICES: { [id]: { input: 2, output: 10 } } })
    const { usage } = finishOf(await collect(priced.streamStep(stepRequest("hello"))))
    expect(usage.costUsd).toBeCloseTo(0.004, 10)
  })

  it("has null numbers when the vendor reports none", async () => {
    server.script(function* () {
      yield say("hi")
      yield finish("stop", null)
    })
    const { usage } = finishOf(await collect(step("hello")))
    expect(usage).toEqual({ model: id, inputTokens: null, outputTokens: null, costUsd: null })
  })

  it("says when it was cut at the token limit", async () => {
    server.script(function* () {
      yield say("and then")
      yield finish("length")
    })
    expect(finishOf(await collect(step("hello", { outputTokensMax: 5 }))).reason).toBe("length")
    expect(server.requests[0]?.["max_tokens"]).toBe(5)
  })

  it("hands NUL and lone surrogates through unchanged: the driver cleans", async () => {
    server.script(function* () {
      yield say("a\u0000b")
      yield say("\ud83d")
      yield say("\ude00 \udc00")
    })
    expect(textOf(await collect(step("hello")))).toBe("a\u0000b\ud83d\ude00 \udc00")
  })
})

describe("a tool call", () => {
  it("comes validated, with defaults filled in, and is not run", async () => {
    server.script(function* () {
      yield say("Let me look.")
      yield callTools(
        { id: "call_1", name: "weather", args: { city: "Oslo" } },
        { id: "call_2", name: "weather", args: { city: "Rome", days: 3 } },
      )
    })
    const parts = await collect(step("weather?", { tools: [weatherTool] }))
    expect(parts.slice(1, 3)).toEqual([
      { type: "tool_call", id: "call_1", name: "weather", args: { city: "Oslo", days: 1 } },
      { type: "tool_call", id: "call_2", name: "weather", args: { city: "Rome", days: 3 } },
    ])
    expect(finishOf(parts).reason).toBe("tools")
    expect(server.requests[0]?.tools?.[0]?.function.parameters).toMatchObject({
      required: ["city"],
    })
  })

  it.each([
    ["arguments that are no JSON", "weather", '{"city": "Os', "not valid JSON"],
    ["arguments of the wrong shape", "weather", { city: 5 }, "city:"],
    ["a tool that does not exist", "launch", {}, "no tool named launch"],
  ])("with %s says so and does not end the step", async (_, name, args, invalid) => {
    server.script(() => [callTools({ id: "call_1", name, args })])
    const parts = await collect(step("weather?", { tools: [weatherTool] }))
    const call = parts.find((part) => part.type === "tool_call")
    expect(call).toMatchObject({ id: "call_1", name })
    expect(call?.invalid).toContain(invalid)
    expect(finishOf(parts).reason).toBe("tools")
  })

  it("gets an id of its own when the vendor reuses one, and the vendor sees its own again", async () => {
    server.script(() => [callTools({ id: "call_0", name: "weather", args: { city: "Oslo" } })])
    const first = await collect(step("one", { tools: [weatherTool] }))
    const history: HistoryMessage[] = [user("one"), ...answered(first)]
    const second = await collect(step([...history, user("two")], { tools: [weatherTool] }))
    const [call] = second.filter((part) => part.type === "tool_call")
    expect(call?.id).toMatch(/^[0-9a-f-]{36}$/)
    server.script(() => [say("done")])
    await collect(step([...history, user("two"), ...answered(second)], { tools: [weatherTool] }))
    const sent = server.requests.at(-1)?.messages.slice(-2)
    expect(sent?.[0]?.tool_calls?.[0]?.id).toBe("call_0")
    expect(sent?.[1]?.tool_call_id).toBe("call_0")
  })
})

/** What a driver would keep of a step whose tools it ran. */
function answered(parts: Awaited<ReturnType<typeof collect>>): HistoryMessage[] {
  const calls = parts.filter((part) => part.type === "tool_call")
  const { providerMetadata } = finishOf(parts)
  return [
    {
      role: "assistant",
      text: textOf(parts),
      toolCalls: calls.map(({ id: callId, name, args }) => ({ id: callId, name, args })),
      providerMetadata: JSON.parse(JSON.stringify(providerMetadata ?? null)) as unknown,
    },
    {
      role: "tool",
      results: calls.map(({ id: callId, name }) => ({
        id: callId,
        name,
        isError: false,
        result: { sky: "sunny" },
      })),
    },
  ]
}

describe("a history", () => {
  it("reaches the vendor whole: instructions, calls and results in order", async () => {
    await collect(
      step(
        [
          user("weather?"),
          {
            role: "assistant",
            text: "Looking.",
            toolCalls: [{ id: "c1", name: "weather", args: { city: "Oslo" } }],
          },
          {
            role: "tool",
            results: [{ id: "c1", name: "weather", isError: false, result: { sky: "sunny" } }],
          },
          { role: "assistant", text: "Sunny.", toolCalls: [] },
          user("thanks"),
        ],
        { tools: [weatherTool] },
      ),
    )
    const messages = server.requests[0]?.messages
    expect(messages?.map((message) => message.role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "assistant",
      "user",
    ])
    expect(messages?.[0]?.content).toBe("Be brief.")
    expect(messages?.[2]?.tool_calls?.[0]?.function).toEqual({
      name: "weather",
      arguments: '{"city":"Oslo"}',
    })
    expect(messages?.[3]).toMatchObject({ tool_call_id: "c1", content: '{"sky":"sunny"}' })
  })

  it("with a call that never got a result is closed, for vendors refuse it otherwise", async () => {
    await collect(
      step([
        user("weather?"),
        { role: "assistant", text: "", toolCalls: [{ id: "c1", name: "weather", args: {} }] },
        user("hello?"),
      ]),
    )
    const messages = server.requests[0]?.messages
    expect(messages?.[3]).toMatchObject({ role: "tool", content: '"outcome unknown"' })
  })

  it("shows images as images, text as text, and names the rest", async () => {
    const png = Buffer.from("iVBORw0KGgo=", "base64")
    await collect(
      step([
        {
          role: "user",
          text: "look",
          attachments: [
            attachment("dot.png", "image/png", png),
            attachment("notes.txt", "text/plain; charset=utf-8", Buffer.from("x".repeat(250_000))),
            attachment("song.mp3", "audio/mpeg", Buffer.from("ID3")),
          ],
        },
      ]),
    )
    const content = JSON.stringify(server.requests[0]?.messages.at(-1)?.content)
    expect(content).toContain("data:image/png;base64,iVBORw0KGgo=")
    expect(content).toContain("the first 200000 of 250000 characters")
    expect(content).toContain("song.mp3")
    expect(content).not.toContain("ID3")
  })
})

function attachment(filename: string, contentType: string, bytes: Buffer): HistoryAttachment {
  return {
    attachmentId: filename,
    filename,
    contentType,
    sizeBytes: bytes.length,
    load: async () => bytes,
  }
}

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
      server.script(() => [action()])
      const { error, text } = await failureOf(step("hello"))
      expect(error).toMatchObject({ code, recoverable })
      expect(text).toBe("")
      expect(server.requests).toHaveLength(1)
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
  ])("of status %s is tried three times in all, then told", async (_, status, code) => {
    server.script(() => [refuse(status, apiError("try later"), { "Retry-After": "0" })])
    const { error } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code, recoverable: true })
    expect(server.requests).toHaveLength(3)
  })

  it("before the first chunk is retried after the time the vendor asks for", async () => {
    const times: number[] = []
    server.script((requestNumber) => {
      times.push(Date.now())
      return requestNumber === 1
        ? [refuse(429, apiError("slow down"), { "Retry-After": "1" })]
        : [say("here I am")]
    })
    expect(textOf(await collect(step("hello")))).toBe("here I am")
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900)
  })

  it("in the middle of an answer keeps what was said and is never retried", async () => {
    server.script(function* () {
      yield say("half an ")
      yield wait(20)
      yield { type: "cut" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code: "model_cut_off", recoverable: true })
    expect(text).toBe("half an ")
    expect(server.requests).toHaveLength(1)
  })

  it("by an answer that just ends, without its last event, is a cut too", async () => {
    server.script(function* () {
      yield say("half an ")
      yield { type: "end" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error.code).toBe("model_cut_off")
    expect(text).toBe("half an ")
  })

  it("by silence is found after the limit, and the socket is closed", async () => {
    server.script(function* () {
      yield say("thinking")
      yield { type: "stall" }
    })
    const stalling = models({}, { chunkTimeoutMs: 150 })
    const { error, text } = await failureOf(stalling.streamStep(stepRequest("hello")))
    expect(error).toMatchObject({ code: "model_stalled", recoverable: true })
    expect(text).toBe("thinking")
    await waitFor(() => server.openConnections() === 0)
  })

  it("by silence before the first byte is found the same way", async () => {
    server.script(() => [{ type: "stall" }])
    const stalling = models({}, { chunkTimeoutMs: 150 })
    expect((await failureOf(stalling.streamStep(stepRequest("hello")))).error.code).toBe(
      "model_stalled",
    )
    await waitFor(() => server.openConnections() === 0)
  })

  it.each([
    ["a line that is no JSON", "data: {not json\n\n"],
    ["an event of another shape", 'data: {"choices":"none"}\n\n'],
    ["a line without an end", `data: {"x":"${"x".repeat(2 * 1024 * 1024)}`],
  ])("by %s ends the step as a bad response and closes the socket", async (_, data) => {
    server.script(function* () {
      yield say("so far")
      yield { type: "raw", data }
      yield { type: "stall" }
    })
    const { error, text } = await failureOf(step("hello"))
    expect(error).toMatchObject({ code: "model_bad_response", recoverable: true })
    expect(text).toBe("so far")
    await waitFor(() => server.openConnections() === 0)
  })

  it("reported inside the stream is told like one of a status", async () => {
    server.script(function* () {
      yield say("so far")
      yield {
        type: "raw",
        data: 'data: {"error":{"message":"Overloaded","type":"overloaded_error","code":529}}\n\n',
      }
    })
    expect((await failureOf(step("hello"))).error.code).toBe("model_overloaded")
  })

  it("to connect is told as unreachable", async () => {
    const { url } = server
    await server.close()
    server = await startModelServer()
    const away = models({ OPENAI_COMPATIBLE_BASE_URL: url })
    const { error } = await failureOf(away.streamStep(stepRequest("hello")))
    expect(error).toMatchObject({ code: "model_unreachable", recoverable: true })
  })

  it("to resolve the host is told as unreachable", async () => {
    const away = models({ OPENAI_COMPATIBLE_BASE_URL: "http://no-such-host.invalid/v1" })
    const { error } = await failureOf(away.streamStep(stepRequest("hello")))
    expect(error.code).toBe("model_unreachable")
  })

  it.each([
    ["a provider without a key", "openai/gpt-x", "OPENAI_API_KEY"],
    ["a provider that does not exist", "acme/gpt", "openai-compatible"],
    ["no provider at all", "gpt", "provider/name"],
  ])("of a model of %s says what to set", async (_, model, hint) => {
    const { error } = await failureOf(step("hello", { model }))
    expect(error).toMatchObject({ code: "model_not_configured", recoverable: false })
    expect(error.message).toContain(hint)
    expect(server.requests).toHaveLength(0)
  })
})

function apiError(message: string) {
  return { error: { message, type: "error", code: null } }
}

describe("an abort", () => {
  it("in the middle of an answer ends the step and closes the vendor's socket", async () => {
    server.script(function* () {
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
    await waitFor(() => server.openConnections() === 0, { timeoutMs: 1_000 })
  })

  it("before the first byte does the same", async () => {
    server.script(() => [{ type: "stall" }])
    const stop = new AbortController()
    const ended = collect(step("hello", { signal: stop.signal }))
    await waitFor(() => server.openConnections() === 1)
    stop.abort()
    expect(await ended).toEqual([])
    await waitFor(() => server.openConnections() === 0, { timeoutMs: 1_000 })
  })

  it("while waiting to retry ends the wait", async () => {
    server.script(() => [refuse(429, apiError("slow down"), { "Retry-After": "15" })])
    const stop = new AbortController()
    const ended = collect(step("hello", { signal: stop.signal }))
    await waitFor(() => server.requests.length === 1)
    stop.abort()
    expect(await ended).toEqual([])
  })

  it("of a reader that just stops reading closes the socket as well", async () => {
    server.script(function* () {
      for (;;) {
        yield say("word ")
        yield wait(5)
      }
    })
    for await (const part of step("hello")) if (part.type === "text") break
    await waitFor(() => server.openConnections() === 0, { timeoutMs: 1_000 })
    expect(server.openConnections()).toBe(0)
  })
})

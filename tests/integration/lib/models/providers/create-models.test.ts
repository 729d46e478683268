import { describe, expect, it } from "vitest"

import type { HistoryAttachment, HistoryMessage } from "#lib/models/step.ts"
import { callTools, finish, say, wait } from "#tests/support/model-script.ts"
import {
  collect,
  finishOf,
  testModelId,
  textOf,
  useVendor,
  user,
  weatherTool,
  stepRequest,
} from "#tests/support/model-steps.ts"

const vendor = useVendor()
const { models, step } = vendor

describe("an answer", () => {
  it("arrives chunk by chunk, as the provider sends it", async () => {
    const gate = Promise.withResolvers<void>()
    vendor.server.script(function* () {
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

  it("carries the provider's token counts, and a cost only where prices are set", async () => {
    vendor.server.script(function* () {
      yield say("hi")
      yield finish("stop", { prompt_tokens: 1000, completion_tokens: 200 })
    })
    const free = finishOf(await collect(step("hello")))
    expect(free.usage).toEqual({
      model: testModelId,
      inputTokens: 1000,
      outputTokens: 200,
      costUsd: null,
    })
    const priced = models({ STUDIO_PRICES: { [testModelId]: { input: 2, output: 10 } } })
    const { usage } = finishOf(await collect(priced.streamStep(stepRequest("hello"))))
    expect(usage.costUsd).toBeCloseTo(0.004, 10)
  })

  it("has null counts when the provider reports none", async () => {
    vendor.server.script(function* () {
      yield say("hi")
      yield finish("stop", null)
    })
    const { usage } = finishOf(await collect(step("hello")))
    expect(usage).toEqual({
      model: testModelId,
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
    })
  })

  it("reports that it was cut at the token limit", async () => {
    vendor.server.script(function* () {
      yield say("and then")
      yield finish("length")
    })
    expect(finishOf(await collect(step("hello", { outputTokensMax: 5 }))).reason).toBe("length")
    expect(vendor.server.requests[0]?.["max_tokens"]).toBe(5)
  })

  it("passes NUL and lone surrogates through unchanged: the driver cleans them", async () => {
    vendor.server.script(function* () {
      yield say("a\u0000b")
      yield say("\ud83d")
      yield say("\ude00 \udc00")
    })
    expect(textOf(await collect(step("hello")))).toBe("a\u0000b\ud83d\ude00 \udc00")
  })
})

describe("a tool call", () => {
  it("is validated, with defaults filled in, and not executed", async () => {
    vendor.server.script(function* () {
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
    expect(vendor.server.requests[0]?.tools?.[0]?.function.parameters).toMatchObject({
      required: ["city"],
    })
  })

  it.each([
    ["arguments that are no JSON", "weather", '{"city": "Os', "not valid JSON"],
    ["arguments of the wrong shape", "weather", { city: 5 }, "city:"],
    ["a tool that does not exist", "launch", {}, "no tool named launch"],
  ])("with %s reports it and does not end the step", async (_, name, args, invalid) => {
    vendor.server.script(() => [callTools({ id: "call_1", name, args })])
    const parts = await collect(step("weather?", { tools: [weatherTool] }))
    const call = parts.find((part) => part.type === "tool_call")
    expect(call).toMatchObject({ id: "call_1", name })
    expect(call?.invalid).toContain(invalid)
    expect(finishOf(parts).reason).toBe("tools")
  })

  it("is returned under one id in a format all providers accept, even after a duplicate id", async () => {
    vendor.server.script(() => [
      callTools({ id: "functions.weather:0", name: "weather", args: { city: "Oslo" } }),
    ])
    const first = await collect(step("one", { tools: [weatherTool] }))
    const history: HistoryMessage[] = [user("one"), ...answered(first), said("Sunny."), user("two")]
    const second = await collect(step(history, { tools: [weatherTool] }))
    vendor.server.script(() => [say("done")])
    await collect(step([...history, ...answered(second)], { tools: [weatherTool] }))
    const sent = vendor.server.requests.at(-1)?.messages ?? []
    const ids = sent.flatMap((message) => message.tool_calls?.map((call) => call.id) ?? [])
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9]{9}$/)
    expect(sent.flatMap((message) => message.tool_call_id ?? [])).toEqual(ids)
    // Equal histories have equal bytes, because providers cache by them.
    await collect(step([...history, ...answered(second)], { tools: [weatherTool] }))
    expect(vendor.server.requests.at(-1)?.messages).toEqual(sent)
  })

  it.each([
    [" weather "],
    ["functions.weather"],
    ["default_api:weather"],
    ["weather<|channel|>commentary"],
    ["Weather"],
  ])("named %j resolves to the intended tool", async (name) => {
    vendor.server.script(() => [callTools({ name, args: { city: "Oslo" } })])
    const parts = await collect(step("weather?", { tools: [weatherTool] }))
    expect(parts.find((part) => part.type === "tool_call")).toMatchObject({
      name: "weather",
      args: { city: "Oslo", days: 1 },
    })
  })
})

function said(text: string): HistoryMessage {
  return { role: "assistant", text, toolCalls: [] }
}

/** The history a driver would store for a step and its tools. */
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
  it("reaches the provider completely: instructions, calls and results in order", async () => {
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
    const messages = vendor.server.requests[0]?.messages
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
    const id = messages?.[2]?.tool_calls?.[0]?.id
    expect(messages?.[3]).toMatchObject({ tool_call_id: id, content: '{"sky":"sunny"}' })
  })

  it("with an unanswered call is closed, because providers reject it otherwise", async () => {
    await collect(
      step(
        [
          user("weather?"),
          { role: "assistant", text: "", toolCalls: [{ id: "c1", name: "weather", args: {} }] },
          user("hello?"),
        ],
        { tools: [weatherTool] },
      ),
    )
    const messages = vendor.server.requests[0]?.messages
    expect(messages?.[3]).toMatchObject({ role: "tool", content: '"outcome unknown"' })
  })

  it("of an agent that lost its tools describes the earlier calls in words", async () => {
    const toolCalls = [{ id: "c1", name: "weather", args: { city: "Oslo" } }]
    const results = [{ id: "c1", name: "weather", isError: false, result: { sky: "sunny" } }]
    await collect(
      step([
        user("weather?"),
        { role: "assistant", text: "Looking.", toolCalls },
        { role: "tool", results },
        said("Sunny."),
        user("thanks"),
      ]),
    )
    const messages = vendor.server.requests[0]?.messages ?? []
    expect(messages.map((message) => message.role)).toEqual(["system", "user", "assistant", "user"])
    expect(messages[2]?.content).toBe(
      'Looking.\n\n(The tool weather, called with {"city":"Oslo"}, returned: {"sky":"sunny"})\n\nSunny.',
    )
  })

  it("sends images as images, text as text, and names other files", async () => {
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
    const content = JSON.stringify(vendor.server.requests[0]?.messages.at(-1)?.content)
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

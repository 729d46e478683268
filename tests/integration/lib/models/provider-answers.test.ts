import { afterAll, beforeAll, describe, expect, it } from "vitest"

import type { HistoryMessage, Models, StepPart } from "#lib/models/step.ts"
import { isModelError, type ModelError } from "#lib/models/step.ts"
import { play, type PlayedReply } from "#tests/support/model-script.ts"
import { startModelServer, type ModelServer } from "#tests/support/model-server.ts"
import { stepRequest, testModels, textOf, user, weatherTool } from "#tests/support/model-steps.ts"
import {
  called,
  chunk,
  chunkValue,
  done,
  ended,
  event,
  wireFormats,
} from "#tests/support/wire-streams.ts"

let server: ModelServer
const modelsOf = new Map<number, Models>()

/** Models with that silence timeout. */
function models(silenceMs: number): Models {
  const known = modelsOf.get(silenceMs)
  if (known !== undefined) return known
  const made = testModels(
    {
      OPENAI_COMPATIBLE_BASE_URL: server.url,
      OPENAI_API_KEY: "openai-secret-1",
      OPENAI_BASE_URL: server.url,
      ANTHROPIC_API_KEY: "anthropic-secret-1",
      ANTHROPIC_BASE_URL: server.url,
    },
    { limits: { silenceMs, firstByteMs: 20_000 } },
  )
  modelsOf.set(silenceMs, made)
  return made
}

beforeAll(async () => {
  server = await startModelServer()
})
afterAll(() => server.close())

interface Outcome {
  parts: StepPart[]
  text: string
  error: ModelError | null
  requests: number
}

/**
 * Answers every call with the reply, then sends the next message of the conversation with a valid
 * answer.
 */
async function ask(
  model: string,
  reply: PlayedReply | string,
  silenceMs = 10_000,
): Promise<Outcome> {
  const before = server.requests.length
  server.script(() => [play(reply)])
  const outcome = await run(model, [user("weather?")], silenceMs)
  const requests = server.requests.length - before
  const format = wireFormats.find((known) => known.model === model)
  server.script(() => [play({ pieces: format?.whole("fine") ?? [] })])
  const next = await run(model, [user("weather?"), ...kept(outcome), user("again")])
  expect(next).toMatchObject({ text: "fine", error: null })
  return { ...outcome, requests }
}

async function run(model: string, history: readonly HistoryMessage[], silenceMs = 10_000) {
  const parts: StepPart[] = []
  let error: ModelError | null = null
  try {
    const request = stepRequest(history, { model, tools: [weatherTool] })
    for await (const part of models(silenceMs).streamStep(request)) parts.push(part)
  } catch (thrown) {
    if (!isModelError(thrown)) throw thrown
    error = thrown
  }
  return { parts, text: textOf(parts), error }
}

/** The history a driver stores. */
function kept({ parts, text }: Omit<Outcome, "requests">): HistoryMessage[] {
  const calls = parts.filter((part) => part.type === "tool_call")
  const finish = parts.find((part) => part.type === "finish")
  if (text === "" && calls.length === 0) return []
  const providerMetadata = JSON.parse(JSON.stringify(finish?.providerMetadata ?? null)) as unknown
  return [
    {
      role: "assistant",
      text,
      toolCalls: calls.map(({ id, name, args }) => ({ id, name, args })),
      providerMetadata,
    },
    ...(calls.length === 0
      ? []
      : [
          {
            role: "tool" as const,
            results: calls.map(({ id, name }) => ({ id, name, isError: false, result: "sunny" })),
          },
        ]),
  ]
}

const chat = "openai-compatible/test"
const hel = chunk("Hel")
const lo = chunk("lo")
const end = `${ended("stop")}${done}`
/** As JSON is read, and not written: that ends the stack. */
const lists = `${"[".repeat(8_000)}${"]".repeat(8_000)}`
const deep = `{"city":${lists}}`
const withChunk = (change: object) => event({ ...chunkValue({ content: "lo" }), ...change })

describe("a chat completion with a deviation is accepted:", () => {
  it.each<[string, string]>([
    ["an error that is null", `${hel}${withChunk({ error: null })}${end}`],
    ["no choices", `${hel}${event({ id: "x" })}${lo}${end}`],
    ["choices that are null", `${hel}${event({ choices: null })}${lo}${end}`],
    ["choices of another shape", `${hel}${event({ choices: "none" })}${lo}${end}`],
    ["a ping", `${hel}${event({ type: "ping" }, "ping")}${lo}${end}`],
    ["a line without data", `${hel}data:\n\n${lo}${end}`],
    ["another role", `${chunk({ role: "model", content: "Hel" })}${lo}${end}`],
    ["created as a text", `${hel}${withChunk({ created: "1700000000" })}${end}`],
    ["an id that is a number", `${hel}${withChunk({ id: 7 })}${end}`],
    [
      "usage as texts",
      `${hel}${lo}${ended("stop")}${event({ choices: [], usage: { prompt_tokens: "1" } })}${done}`,
    ],
    ["content that is a number", `${hel}${chunk({ content: 42 })}${lo}${end}`],
    ["content that is a list", `${chunk({ content: [{ type: "text", text: "Hel" }] })}${lo}${end}`],
    ["reasoning that is an object", `${chunk({ reasoning: { text: "hm" } })}${hel}${lo}${end}`],
    ["a finish word that is none", `${hel}${event(chunkValue({ content: "lo" }, false))}${end}`],
    [
      "a call without its function",
      `${hel}${chunk({ tool_calls: [{ index: 0, function: null }] })}${lo}${end}`,
    ],
    ["calls that are no list", `${hel}${chunk({ tool_calls: {} })}${lo}${end}`],
    ["[DONE] with a blank behind it", `${hel}${lo}${ended("stop")}data: [DONE] \n\n`],
    ["[DONE] and no finish word", `${hel}${lo}${done}`],
    ["text after [DONE]", `${hel}${lo}${end}${chunk("X")}`],
    [
      "another choice",
      `${hel}${event({ choices: [{ index: 1, delta: { content: "ZZ" } }] })}${lo}${end}`,
    ],
    [
      "an error after its end",
      `${hel}${lo}${ended("stop")}${event({ error: { message: "late" } })}${done}`,
    ],
    ["nothing after its finish word", `${hel}${lo}${ended("stop")}`],
    [
      "a message instead of a delta",
      event({
        choices: [
          { index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" },
        ],
      }),
    ],
    [
      "the whole message behind its deltas",
      `${hel}${lo}${event({ choices: [{ index: 0, message: { content: "Hello" }, finish_reason: "stop" }] })}${done}`,
    ],
    [
      "a text instead of a delta",
      `${event({ choices: [{ text: "Hel" }] })}${event({ choices: [{ text: "lo", finish_reason: "stop" }] })}${done}`,
    ],
    ["no blank line between events", `${hel.trimEnd()}\n${lo}${end}`],
    ["lines that end in CR LF", `${hel}${lo}${end}`.replaceAll("\n", "\r\n")],
    ["a byte order mark", `\uFEFF${hel}${lo}${end}`],
    ["comments", `: hi\n\n${hel}: hi\n\n${lo}${end}`],
    [
      "thoughts in its text",
      `${chunk("<thi")}${chunk("nk>a</thin")}${chunk("k>\n\nHel")}${lo}${end}`,
    ],
    ["an unknown finish word", `${hel}${lo}${ended("eos")}${done}`],
  ])("%s", async (_, reply) => {
    const { text, error, parts, requests } = await ask(chat, reply)
    expect({ text, error, requests }).toEqual({ text: "Hello", error: null, requests: 1 })
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "end" })
  })

  it.each<[string, Omit<PlayedReply, "status">]>([
    [
      "as JSON",
      {
        contentType: "application/json",
        pieces: [
          JSON.stringify({ choices: [{ message: { content: "Hello" }, finish_reason: "stop" }] }),
        ],
      },
    ],
    [
      "as JSON on many lines",
      {
        contentType: "application/json",
        pieces: [JSON.stringify({ choices: [{ message: { content: "Hello" } }] }, null, 2)],
      },
    ],
    [
      "as JSON that calls itself a stream",
      { pieces: [JSON.stringify({ choices: [{ message: { content: "Hello" } }] })] },
    ],
    [
      "as a stream that calls itself JSON",
      { contentType: "application/json", pieces: [hel, lo, end] },
    ],
    ["as a stream without a type", { contentType: null, pieces: [hel, lo, end] }],
    [
      "as Ollama's own lines",
      {
        contentType: "application/x-ndjson",
        pieces: [
          `${JSON.stringify({ model: "m", message: { role: "assistant", content: "Hel" }, done: false })}\n`,
          `${JSON.stringify({ model: "m", message: { role: "assistant", content: "lo" }, done: false })}\n`,
          `${JSON.stringify({ model: "m", message: { content: "" }, done: true, done_reason: "stop", eval_count: 2 })}\n`,
        ],
      },
    ],
    [
      "as single bytes",
      { pieces: [...Buffer.from(`${hel}${lo}${end}`)].map((byte) => Uint8Array.of(byte)) },
    ],
  ])("%s", async (_, reply) => {
    const { text, error, requests } = await ask(chat, reply)
    expect({ text, error, requests }).toEqual({ text: "Hello", error: null, requests: 1 })
  })

  it.each<[string, string]>([
    ["a whole call", called(0, "c1", "weather", '{"city":"Rome"}')],
    [
      "an index as a text",
      `${called("0", "c1", "weather", '{"ci')}${called("0", undefined, undefined, 'ty":"Rome"}')}`,
    ],
    ["an id that is a number", called(0, 7, "weather", '{"city":"Rome"}')],
    ["arguments as an object", called(0, "c1", "weather", { city: "Rome" })],
    ["no index and no id", called(undefined, undefined, "weather", '{"city":"Rome"}')],
    ["blanks around its name", called(0, "c1", " weather ", '{"city":"Rome"}')],
    ["a namespace before its name", called(0, "c1", "functions.weather:0", '{"city":"Rome"}')],
    [
      "the call of the older format",
      chunk({ function_call: { name: "weather", arguments: '{"city":"Rome"}' } }),
    ],
    [
      "its id and name in every piece",
      `${called(0, "c1", "weather", '{"ci')}${called(0, "c1", "weather", 'ty":"Rome"}')}`,
    ],
    [
      "its function missing in a piece",
      `${called(0, "c1", "weather", '{"city":"Rome"}')}${chunk({ tool_calls: [{ index: 0 }] })}`,
    ],
  ])("%s, and is run without a finish word", async (_, pieces) => {
    const { parts, error } = await ask(chat, `${pieces}${done}`)
    expect(error).toBeNull()
    expect(parts.filter((part) => part.type === "tool_call")).toEqual([
      {
        type: "tool_call",
        id: expect.any(String),
        name: "weather",
        args: { city: "Rome", days: 1 },
      },
    ])
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "tools" })
  })

  it("two calls with the same index are two", async () => {
    const one = called(0, "c1", "weather", '{"city":"Rome"}')
    const two = called(0, "c2", "weather", '{"city":"Oslo"}')
    const { parts } = await ask(chat, `${one}${two}${ended("tool_calls")}${done}`)
    expect(parts.filter((part) => part.type === "tool_call").map(({ id }) => id)).toEqual([
      "c1",
      "c2",
    ])
  })

  it.each([[" "], [""], [undefined]])("a call named %j is a failed one", async (name) => {
    const { parts } = await ask(chat, `${called(0, "c1", name, "{}")}${ended("tool_calls")}${done}`)
    expect(parts[0]).toMatchObject({ type: "tool_call", invalid: "The call names no tool." })
  })

  it.each<[string, string]>([
    ["a text", called(0, "c1", "weather", deep)],
    ["an object", called(0, "c1", "weather", "DEEP").replace('"DEEP"', deep)],
    ["of no tool", called(0, "c1", "climate", deep)],
  ])("a call with arguments nested as deep as none is a failed one: %s", async (_, pieces) => {
    const { parts, error } = await ask(chat, `${pieces}${ended("tool_calls")}${done}`)
    expect(error).toBeNull()
    const [call] = parts.filter((part) => part.type === "tool_call")
    expect(call).toMatchObject({ invalid: expect.any(String), args: expect.any(String) })
  })

  it("an error nested as deep as none says nothing, and the answer stands", async () => {
    const failed = withChunk({ error: "DEEP" }).replace('"DEEP"', lists)
    const { text, error } = await ask(chat, `${hel}${failed}${end}`)
    expect({ text, error }).toEqual({ text: "Hello", error: null })
  })

  it.each<[string, object | string, number | null, number | null]>([
    ["a half", { prompt_tokens: 3 }, 3, null],
    ["fractions", { prompt_tokens: 1.5, completion_tokens: 2 }, null, 2],
    ["too much", { prompt_tokens: 1e19, completion_tokens: 2 ** 53 }, null, null],
    ["less than nothing", { prompt_tokens: -5, completion_tokens: 0 }, null, 0],
    ["nothing", {}, null, null],
  ])("usage of %s", async (_, usage, inputTokens, outputTokens) => {
    const reply = `${hel}${lo}${ended("stop")}${event({ choices: [], usage })}${done}`
    const { parts } = await ask(chat, reply)
    expect(parts.at(-1)).toMatchObject({ usage: { inputTokens, outputTokens, costUsd: null } })
  })

  it.each<[string, object]>([
    ["nothing", {}],
    ["nulls", { prompt_tokens: null, completion_tokens: null }],
    ["texts", { prompt_tokens: "7", completion_tokens: "5" }],
  ])("usage stands when it comes once more with %s", async (_, again) => {
    const usages = [{ prompt_tokens: 7, completion_tokens: 5 }, again]
    const told = usages.map((usage) => event({ choices: [], usage })).join("")
    const { parts } = await ask(chat, `${hel}${lo}${ended("stop")}${told}${done}`)
    expect(parts.at(-1)).toMatchObject({ usage: { inputTokens: 7, outputTokens: 5 } })
  })
})

it("one connection serves consecutive calls", async () => {
  await ask(chat, `${hel}${lo}${end}`)
  const before = server.connections()
  for (const wire of wireFormats) {
    // Its last bytes arrive shortly after the answer is complete.
    await ask(wire.model, { pieces: [wire.whole("Hello").join(""), "\n"], pauseMs: 50 })
  }
  expect(server.connections() - before).toBeLessThan(3)
})

it("a silent server is given up although the late notice went unread", async () => {
  const patient = testModels(
    { STUDIO_MODEL: chat, OPENAI_COMPATIBLE_BASE_URL: server.url },
    { limits: { tellAfterMs: 50, firstByteMs: 300 } },
  )
  server.script(() => [{ type: "stall" }])
  const statuses: string[] = []
  const read = async () => {
    for await (const part of patient.streamStep(stepRequest("hello"))) {
      if (part.type === "status") statuses.push(part.message)
      await new Promise((resolve) => setTimeout(resolve, 600))
    }
  }
  await expect(read()).rejects.toMatchObject({ code: "model_stalled" })
  expect(statuses).toHaveLength(1)
}, 20_000)

describe("an answer sent at once, as JSON,", () => {
  it.each<[string, object]>([
    [
      "anthropic/test",
      {
        type: "message",
        content: [
          { type: "thinking", thinking: "hm", signature: "s" },
          { type: "text", text: "Hello" },
          { type: "tool_use", id: "c1", name: "weather", input: { city: "Rome" } },
        ],
        stop_reason: "tool_use",
        usage: { input_tokens: 7, output_tokens: 5 },
      },
    ],
    [
      "openai/test",
      {
        object: "response",
        status: "completed",
        output: [
          { type: "reasoning", id: "rs_1", encrypted_content: "sealed", summary: [] },
          { type: "message", id: "m_1", content: [{ type: "output_text", text: "Hello" }] },
          {
            type: "function_call",
            id: "fc_1",
            call_id: "c1",
            name: "weather",
            arguments: '{"city":"Rome"}',
          },
        ],
        usage: { input_tokens: 7, output_tokens: 5 },
      },
    ],
    [
      chat,
      {
        choices: [
          {
            message: {
              content: "Hello",
              tool_calls: [
                { id: "c1", function: { name: "weather", arguments: '{"city":"Rome"}' } },
              ],
            },
            finish_reason: "tool_calls",
          },
        ],
        usage: { prompt_tokens: 7, completion_tokens: 5 },
      },
    ],
  ])("of %s is read like a stream of it", async (model, value) => {
    const reply = { contentType: "application/json", pieces: [JSON.stringify(value)] }
    const { text, parts } = await ask(model, reply)
    expect(text).toBe("Hello")
    expect(parts.find((part) => part.type === "tool_call")).toMatchObject({
      id: "c1",
      args: { city: "Rome", days: 1 },
    })
    expect(parts.at(-1)).toMatchObject({
      reason: "tools",
      usage: { inputTokens: 7, outputTokens: 5 },
    })
  })

  it("with truncated lines counts as cut off", async () => {
    const line = JSON.stringify({ message: { content: "Hel" }, done: false })
    const { text, error } = await ask(chat, { contentType: "application/x-ndjson", pieces: [line] })
    expect(text).toBe("Hel")
    expect(error?.code).toBe("model_cut_off")
  })
})

it("a finish reason followed by silence ends the answer", async () => {
  const { text, error } = await ask(
    chat,
    { pieces: [hel, lo, ended("stop")], ending: "stall" },
    500,
  )
  expect({ text, error }).toEqual({ text: "Hello", error: null })
})

it("a slow answer reports once that it is waiting or thinking", async () => {
  const statuses = async (reply: PlayedReply, waitMs: number, tellAfterMs = 100) => {
    const patient = testModels(
      { STUDIO_MODEL: chat, OPENAI_COMPATIBLE_BASE_URL: server.url },
      { limits: { tellAfterMs } },
    )
    server.script(async function* () {
      await new Promise((resolve) => setTimeout(resolve, waitMs))
      yield play(reply)
    })
    const parts: StepPart[] = []
    for await (const part of patient.streamStep(stepRequest("hello"))) parts.push(part)
    expect(textOf(parts)).toBe("Hello")
    return parts.filter((part) => part.type === "status").map(({ message }) => message)
  }
  expect(await statuses({ pieces: [hel, lo, end] }, 400)).toEqual([
    "The model server has not answered yet. Still waiting.",
  ])
  const thought = chunk({ reasoning_content: "hm" })
  const slow = { pieces: [...Array.from({ length: 8 }, () => thought), hel, lo, end], pauseMs: 250 }
  expect(await statuses(slow, 0, 1_000)).toEqual(["The model server is still thinking."])
  expect(await statuses({ pieces: [hel, lo, end] }, 0, 30_000)).toEqual([])
})

describe.each(wireFormats)("$model", ({ model, ...wire }) => {
  it("ignores unknown events, blocks and fields", async () => {
    const odd = [
      event({ type: "something.new", index: 9, delta: { type: "new_delta", text: "no" } }, "new"),
      event({ type: "content_block_start", index: 9, content_block: { type: "new", text: "no" } }),
      event({ type: "content_block_delta", index: 9, delta: { type: "text_delta", text: "no" } }),
      event({ type: "message_delta", delta: {} }),
      event({ type: "ping" }, "ping"),
      event("7"),
      event("null"),
      event("[]"),
    ]
    const pieces = [...wire.start, ...odd, wire.text("Hello"), ...odd, ...wire.end]
    const { text, error } = await ask(model, { pieces })
    expect({ text, error }).toEqual({ text: "Hello", error: null })
  })

  it("is reported as an answer of reasoning only", async () => {
    const pieces = [...wire.start, ...wire.thought("hm"), ...wire.end]
    const { error, requests } = await ask(model, { pieces })
    expect(error).toMatchObject({ code: "model_bad_response", recoverable: true })
    expect(error?.message).toContain("thought, but gave no answer")
    expect(requests).toBe(1)
  })

  it("is reported as an empty answer, including blank text", async () => {
    for (const pieces of [
      [...wire.start, ...wire.end],
      [...wire.start, wire.text(" \n"), ...wire.end],
    ]) {
      const { error, text, requests } = await ask(model, { pieces })
      expect(error).toMatchObject({ code: "model_bad_response", recoverable: true })
      expect({ text, requests }).toEqual({ text: "", requests: 1 })
    }
  })

  it("cut at its limit is a context overflow when empty, and reasoning overflow with reasoning only", async () => {
    const silent = await ask(model, { pieces: [...wire.start, ...wire.cutAtLimit] })
    expect(silent.error?.code).toBe("context_too_long")
    const pieces = [...wire.start, ...wire.thought("hm"), ...wire.cutAtLimit]
    const { error, requests } = await ask(model, { pieces })
    expect(error).toMatchObject({ code: "model_bad_response", recoverable: true })
    expect(error?.message).toContain("used up its output thinking")
    expect(requests).toBe(1)
  })

  it("keeps the text before an error and reports its reason", async () => {
    const pieces = [...wire.start, wire.text("Hel"), wire.error(503, "GPU lost.")]
    for (const reply of [{ pieces }, { pieces: [pieces.join("")] }]) {
      const { text, error, requests } = await ask(model, reply)
      expect({ text, requests }).toEqual({ text: "Hel", requests: 1 })
      expect(error).toMatchObject({ code: "model_overloaded", recoverable: true })
      expect(error?.message).toContain("GPU lost.")
    }
  })

  it("is attempted three times in total after an early error or an empty answer", async () => {
    for (const pieces of [[wire.error("overloaded_error", "503 busy")], [], [": hi\n\n"], [done]]) {
      const { error, requests, parts } = await ask(model, { pieces })
      expect(requests).toBe(3)
      expect(error?.recoverable).toBe(true)
      expect(parts.map((part) => part.type)).toEqual(["status", "status"])
      expect(parts[0]).toMatchObject({ message: expect.stringMatching(/trying again in 1 s$/) })
    }
  })

  it.each<PlayedReply["ending"]>(["end", "cut"])(
    "keeps the text when it ends in %s",
    async (ending) => {
      const begun = { pieces: [...wire.start, wire.text("Hel")], ending: ending ?? "end" }
      const { text, error, requests } = await ask(model, begun)
      expect({ text, requests }).toEqual({ text: "Hel", requests: 1 })
      expect(error).toMatchObject({ code: "model_cut_off", recoverable: true })
      const early = await ask(model, { pieces: wire.start, ending: ending ?? "end" })
      expect(early.requests).toBe(3)
      expect(early.error?.code).toBe("model_cut_off")
    },
  )

  it("is complete when the connection breaks or falls silent after its end", async () => {
    const pieces = [...wire.start, wire.text("Hello"), ...wire.end]
    const cut = await ask(model, { pieces, ending: "cut" })
    expect(cut).toMatchObject({ text: "Hello", error: null })
    const silent = await ask(model, { pieces, ending: "stall" }, 500)
    expect(silent).toMatchObject({ text: "Hello", error: null })
  })

  it("stays alive while bytes arrive, and times out after the limit", async () => {
    const life = [": hi\n\n", ": hi\n\n", wire.text("Hel"), ": hi\n\n", wire.text("lo")]
    const pieces = [...wire.start, ...life, ...wire.end]
    const slow = await ask(model, { pieces, pauseMs: 300 }, 1_500)
    expect(slow).toMatchObject({ text: "Hello", error: null })
    const dead = await ask(
      model,
      { pieces: [...wire.start, wire.text("Hel")], ending: "stall" },
      500,
    )
    expect(dead).toMatchObject({ text: "Hel", error: { code: "model_stalled" } })
  })

  it.each<[string, PlayedReply, RegExp, number]>([
    [
      "a page",
      { contentType: "text/html", pieces: ["<p>Portal</p>"] },
      /sent a web page instead of an answer.*\/v1\/.*BASE_URL/,
      1,
    ],
    [
      "a page's title",
      { contentType: "text/html", pieces: ["<!DOCTYPE html><title>Sign in</title>"] },
      /It said: Sign in/,
      1,
    ],
    [
      "a text",
      { contentType: "text/plain", pieces: ["upstream is away"] },
      /sent a text .*upstream is away/,
      1,
    ],
    [
      "an error as JSON",
      { contentType: "application/json", pieces: ['{"error":"no credit"}'] },
      /no credit or quota left.*billing/,
      1,
    ],
    [
      "other JSON",
      { contentType: "application/json", pieces: ['{"message":"hello there"}'] },
      /hello there/,
      1,
    ],
    [
      "a redirect",
      { status: 302, headers: { Location: "/login?next=1" }, pieces: [] },
      /redirects http.* to http:\/\/127[^ ]*\/login,.*BASE_URL/,
      1,
    ],
    ["nothing", { contentType: null, pieces: [] }, /sent nothing/, 3],
  ])("that is %s says so", async (_, reply, says, requests) => {
    const outcome = await ask(model, reply)
    expect(outcome.error?.message).toMatch(says)
    expect(outcome).toMatchObject({ text: "", requests })
  })

  it.each<[string, number, unknown, string, RegExp]>([
    [
      "a list",
      400,
      [{ error: { message: "bad thing" } }],
      "model_refused_request",
      /It said: bad thing/,
    ],
    ["an error that is a text", 400, { error: "bad thing" }, "model_refused_request", /bad thing/],
    ["a message", 400, { message: "bad thing" }, "model_refused_request", /bad thing/],
    ["a detail", 422, { detail: [{ msg: "bad thing" }] }, "model_refused_request", /bad thing/],
    ["a text", 400, "bad thing", "model_refused_request", /bad thing/],
    [
      "no quota",
      429,
      { error: { code: "insufficient_quota", message: "Add money." } },
      "model_refused_request",
      /no credit or quota left.*Add money/,
    ],
    ["a payment to make", 402, {}, "model_refused_request", /no credit or quota left/],
    [
      "a region",
      403,
      { error: { message: "Country, region, or territory not supported" } },
      "model_refused_request",
      /does not serve the country or region/,
    ],
    [
      "a key",
      401,
      { error: { message: "anthropic-secret-1" } },
      "model_unauthorized",
      /refused the API key/,
    ],
    [
      "a page",
      404,
      "<h1>Not Found</h1>",
      "model_refused_request",
      /nothing at http:\/\/127.*BASE_URL/,
    ],
    [
      "an unknown model",
      404,
      { error: { message: "model 'test' not found" } },
      "model_refused_request",
      /does not know the model test\..*Agents/,
    ],
    [
      "no tools",
      400,
      { error: { message: "test does not support tools" } },
      "model_refused_request",
      /cannot use tools.*Agents/,
    ],
    [
      "the context, by count",
      400,
      { error: { message: "The input token count (9) exceeds the maximum" } },
      "context_too_long",
      /longer than this model can read/,
    ],
    [
      "the context, by prompt",
      400,
      { message: "maximum prompt length is 9" },
      "context_too_long",
      /longer/,
    ],
    [
      "the context, in a list",
      400,
      [{ error: { message: "context_length_exceeded" } }],
      "context_too_long",
      /longer/,
    ],
    [
      "the context, as its own fault",
      500,
      { error: { message: "context shift is disabled" } },
      "context_too_long",
      /longer/,
    ],
    [
      "a wait of an hour",
      429,
      { error: { message: "slow" } },
      "model_rate_limited",
      /Try again in an hour\.$/,
    ],
  ])("that refuses with %s says so, once", async (name, status, body, code, says) => {
    const headers = name === "a wait of an hour" ? { "Retry-After": "3600" } : {}
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const type = text.startsWith("<") ? "text/html" : "application/json"
    const reply = { status, headers, contentType: type, pieces: [text] }
    const { error, requests } = await ask(model, reply)
    expect(error?.code).toBe(code)
    expect(error?.message).toMatch(says)
    expect(error?.message).not.toContain("secret")
    expect(requests).toBe(1)
  })

  it.each([408, 409, 429, 500, 502, 503, 529])(
    "of status %i is attempted three times in total",
    async (status) => {
      const { error, requests } = await ask(model, { status, pieces: ["{}"] })
      expect(requests).toBe(3)
      expect(error?.recoverable).toBe(true)
    },
  )
})

describe("finish reasons of chat completions", () => {
  it.each<[string, string]>([
    ["MAX_TOKENS", "length"],
    ["length", "length"],
    ["max_output_tokens", "length"],
    ["STOP", "end"],
  ])("%s is %s", async (word, reason) => {
    const { parts } = await ask(chat, `${hel}${ended(word)}${done}`)
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason })
  })

  it.each<[string, string]>([
    ["SAFETY", "model_refused_request"],
    ["content_filter", "model_refused_request"],
    ["error", "model_bad_response"],
    ["abort", "model_bad_response"],
    ["network_error", "model_bad_response"],
  ])("%s is an error that keeps the text", async (word, code) => {
    const { text, error } = await ask(chat, `${hel}${ended(word)}${done}`)
    expect(text).toBe("Hel")
    expect(error?.code).toBe(code)
    const silent = await ask(chat, `${ended(word)}${done}`)
    expect(silent.error?.code).toBe(code)
  })

  it.each<[string, string]>([
    ["a text", event({ error: "boom" })],
    ["an object of its own", event({ object: "error", message: "boom" })],
    ["a named event", event({ message: "boom" }, "error")],
    ["a code and a message", event({ code: 500, message: "boom" })],
    [
      "a choice",
      event({
        choices: [{ index: 0, delta: {}, finish_reason: "error", error: { message: "boom" } }],
      }),
    ],
    ["a list", event({ error: [{ message: "boom" }] })],
    [
      "a router's error",
      event({
        error: {
          code: 400,
          message: "Provider returned error",
          metadata: { raw: '{"error":{"message":"boom"}}' },
        },
        choices: [],
      }),
    ],
  ])("an error that is %s is told", async (_, error) => {
    const outcome = await ask(chat, `${hel}${error}`)
    expect(outcome.text).toBe("Hel")
    expect(outcome.error?.message).toContain("boom")
  })
})

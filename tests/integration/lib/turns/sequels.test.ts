import { createHash } from "node:crypto"

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"

import type { StartedRuntime } from "#lib/runtime.ts"
import { interruptTurn } from "#lib/turns/control/interrupt-turn.ts"
import { submitTurn } from "#lib/turns/submit/submit-turn.ts"

import {
  callTools,
  refuse,
  refuseContextLength,
  say,
  type ChatRequestBody,
  type ModelAction,
} from "../../../support/model-script.ts"
import { startModelServer, type ModelServer } from "../../../support/model-server.ts"
import { testModelId, testModels, weatherTool } from "../../../support/model-steps.ts"
import {
  collect,
  createTestStudio,
  submissionOf,
  type TestStudio,
} from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

// A real model server, as strict as the strictest provider: after each faulty turn the next plain
// message is answered.
let studio: TestStudio
let server: ModelServer
let runtime: StartedRuntime
let conversationId: string

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ tools: [weatherTool] })
})
afterAll(() => studio.stop())
beforeEach(async () => {
  server = await startModelServer()
  const models = testModels({
    STUDIO_MODEL: testModelId,
    OPENAI_COMPATIBLE_BASE_URL: server.url,
  })
  studio.script((request) => models.streamStep({ ...request, model: testModelId }))
  conversationId = await studio.createConversation()
})
afterEach(async () => {
  await server.close()
})

interface Answer {
  text: string
  error: unknown
  notices: unknown[]
}

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUg==", "base64")

async function ask(
  text: string,
  options: { picture?: string; stopAfter?: number } = {},
): Promise<Answer> {
  const bytes = Buffer.concat([png, Buffer.from(options.picture ?? "")])
  const attachments =
    options.picture === undefined
      ? []
      : [
          {
            filename: options.picture,
            contentType: "image/png",
            bytes,
            sha256: createHash("sha256").update(bytes).digest(),
          },
        ]
  const submission = submissionOf(text, { attachments })
  const result = await submitTurn(runtime, studio.principal, conversationId, submission)
  if (result.outcome === "conflicting") throw new Error("a fresh key cannot conflict")
  const { turnId } = result
  if (options.stopAfter !== undefined) {
    await waitFor(() => server.requests.length >= (options.stopAfter ?? 0))
    await interruptTurn(runtime, studio.principal, { conversationId, turnId })
  }
  const seen = collect(studio, runtime, conversationId)
  await seen.done(turnId)
  const own = seen.events.filter((event) => event.data["turn_id"] === turnId)
  return {
    text: seen.keptText(turnId),
    error: own.find((event) => event.event === "error")?.data["code"],
    notices: own.filter((event) => event.event === "status").map((event) => event.data["message"]),
  }
}

const hasPicture = (body: ChatRequestBody) => JSON.stringify(body.messages).includes("image_url")
const hasResult = (body: ChatRequestBody) => body.messages.at(-1)?.role === "tool"

async function expectAnswered(): Promise<ChatRequestBody> {
  server.script(() => [say("fine")])
  expect(await ask("again")).toMatchObject({ text: "fine", error: undefined })
  expect(server.faults).toEqual([])
  const last = server.requests.at(-1)
  if (last === undefined) throw new Error("nothing was sent")
  return last
}

const call = (values: { id?: string; name?: string }): ModelAction =>
  callTools({ id: "call_1", name: "weather", args: { city: "Oslo" }, ...values })

describe("after a turn", () => {
  test("that failed, the next message is answered, with the failure in its history", async () => {
    server.script(() => [refuse(400, { error: { message: "No." } })])
    expect((await ask("hi")).error).toBe("model_refused_request")
    const { messages } = await expectAnswered()
    expect(messages.map(({ role, content }) => [role, content]).slice(-3)).toEqual([
      ["user", "hi"],
      ["assistant", "(No answer: something failed.)"],
      ["user", "again"],
    ])
  })

  test("stopped before its first word", async () => {
    server.script(() => [{ type: "stall" }])
    await ask("hi", { stopAfter: 1 })
    const { messages } = await expectAnswered()
    expect(messages.at(-2)?.content).toBe("(No answer: the person stopped it.)")
  })

  test("stopped after its tools", async () => {
    server.script((_, body) =>
      hasResult(body) ? [{ type: "stall" }] : [say("\n\n"), call({ id: "functions.weather:0" })],
    )
    await ask("hi", { stopAfter: 2 })
    await expectAnswered()
  })

  test.each<[string, ModelAction[]]>([
    ["ended without a word", [{ type: "finish" }]],
    ["said only white space", [say(" \n")]],
    ["broke off within a call", [call({}), { type: "cut" }]],
    ["asked for a tool of no name", [call({ name: " " })]],
  ])("that %s", async (_, actions) => {
    server.script((__, body) => (hasResult(body) ? [say("ok")] : actions))
    await ask("hi")
    await expectAnswered()
  })

  test.each([
    ["a", "a"],
    ["call_1|fc_2", "call_1|fc_2"],
    ["functions.weather:0", "functions.weather:0"],
    ["x".repeat(200), "x".repeat(201)],
  ])("whose calls have the ids %s and %s", async (first, second) => {
    for (const id of [first, second]) {
      server.script((_, body) => (hasResult(body) ? [say("ok")] : [call({ id }), call({ id })]))
      expect((await ask("weather?")).text).toBe("ok")
    }
    await expectAnswered()
  })

  test.each([[" weather "], ["functions.weather"], ["weather<|call|>"], ["fly to Rome"], ["名前"]])(
    "that calls a tool %j",
    async (name) => {
      server.script((_, body) => (hasResult(body) ? [say("ok")] : [call({ name })]))
      expect((await ask("weather?")).text).toBe("ok")
      await expectAnswered()
    },
  )
})

describe("an image that the server rejects", () => {
  const wordings: [string, number, unknown][] = [
    ["OpenRouter's", 404, { error: { message: "No endpoints found that support image input" } }],
    ["llama.cpp's", 500, { error: { message: "image input is not supported - provide mmproj" } }],
    ["vLLM's", 400, { message: "At most 0 image(s) may be provided in one request." }],
    ["DeepSeek's", 400, { error: { message: "unknown variant `image_url`, expected `text`" } }],
    ["Groq's", 400, { error: { message: "messages[1].content must be a string" } }],
  ]

  test.each(wordings)(
    "with a message like %s is dropped at once, reported by name, and stays dropped",
    async (_, ...no) => {
      server.script((__, body) => (hasPicture(body) ? [refuse(...no)] : [say("fine")]))
      expect(await ask("look", { picture: "photo.png" })).toEqual({
        text: "fine",
        error: undefined,
        notices: ["This model does not read pictures: photo.png was left out."],
      })
      const sent = JSON.stringify(server.requests.at(-1)?.messages.at(-1)?.content)
      expect(sent).toContain("[picture photo.png is not readable by this model]")
      const count = server.requests.length
      expect((await ask("again")).text).toBe("fine")
      expect(server.requests).toHaveLength(count + 1)
      // The next image is not sent, and the person is informed.
      expect(await ask("and this?", { picture: "next.png" })).toMatchObject({
        text: "fine",
        notices: ["This model does not read pictures: next.png was left out."],
      })
      expect(server.requests).toHaveLength(count + 2)
    },
  )

  test("because it is damaged is dropped alone: the previous one stays", async () => {
    server.script(() => [say("fine")])
    await ask("look", { picture: "good.png" })
    server.script((_, body) =>
      body.messages.filter((message) => hasPicture({ ...body, messages: [message] })).length > 1
        ? [refuse(400, { error: { message: "Could not process image" } })]
        : [say("fine")],
    )
    expect(await ask("and this", { picture: "broken.png" })).toMatchObject({
      text: "fine",
      notices: ["The model's server refused broken.png: it answers without."],
    })
    expect(server.requests.at(-1)?.messages.filter(isOfPicture)).toHaveLength(1)
    await expectAnswered()
  })

  test("without a stated cause is identified by dropping it", async () => {
    server.script((_, body) => (hasPicture(body) ? [refuse(400, "Bad Request")] : [say("fine")]))
    expect((await ask("look", { picture: "photo.png" })).text).toBe("fine")
    await expectAnswered()
  })

  test("is not blamed when the rejection persists: the error is reported", async () => {
    server.script(() => [refuse(400, { error: { message: "temperature is out of range" } })])
    const answer = await ask("look", { picture: "photo.png" })
    expect(answer).toMatchObject({ error: "model_refused_request", notices: [] })
    expect(server.requests).toHaveLength(2)
    server.script(() => [say("fine")])
    await ask("again")
    expect(hasPicture(server.requests.at(-1) as ChatRequestBody)).toBe(true)
  })
})

const isOfPicture = ({ content }: { content?: unknown }) =>
  JSON.stringify(content).includes("image_url")

describe("other parts that a server rejects", () => {
  test("are dropped: text beside a call", async () => {
    server.script((_, body) => {
      const both = body.messages.some(({ content, tool_calls }) => content && tool_calls)
      const no = "Assistant message must have either content or tool_calls, but not both."
      if (both) return [refuse(400, { object: "error", message: no })]
      return hasResult(body) ? [say("Sunny.")] : [say("Let me look."), call({})]
    })
    expect(await ask("weather?")).toMatchObject({ error: undefined, notices: [] })
    await expectAnswered()
  })
})

// Runs last: the learned context size applies to all conversations of the process.
describe("a server with a small context", () => {
  test("answers after messages that exceeded its context", async () => {
    const small = (body: ChatRequestBody) =>
      JSON.stringify(body.messages).length > 7_000 ? [refuseContextLength()] : [say("fine")]
    server.script((_, body) => small(body))
    for (let count = 0; count < 5; count += 1) {
      expect((await ask("x".repeat(2_500))).text).toBe("fine")
    }
    expect((await ask("y".repeat(9_000))).error).toBe("context_too_long")
    await expectAnswered()
  })
})

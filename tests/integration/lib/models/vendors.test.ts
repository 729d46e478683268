import { once } from "node:events"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import { afterEach, beforeEach, describe, expect, it } from "vitest"

import type { HistoryMessage, Models } from "#lib/models/step.ts"
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
import { strictFaults } from "#tests/support/strict-request.ts"

/** A provider that plays scripted answers in its own wire format. */
let vendor: Server
let bodies: Record<string, unknown>[]
let headers: IncomingHttpHeaders[]
let paths: string[]
let answer: { status: number; type: string; body: string }
let models: Models

beforeEach(async () => {
  bodies = []
  headers = []
  paths = []
  vendor = createServer((request, response) => {
    void request.toArray().then((chunks) => {
      const text = Buffer.concat(chunks as Buffer[]).toString("utf8")
      bodies.push(JSON.parse(text) as Record<string, unknown>)
      headers.push(request.headers)
      paths.push(request.url ?? "")
      response.writeHead(answer.status, { "Content-Type": answer.type }).end(answer.body)
    })
  }).listen(0, "127.0.0.1")
  await once(vendor, "listening")
  const url = `http://127.0.0.1:${(vendor.address() as AddressInfo).port}/v1`
  models = testModels({
    OPENAI_API_KEY: "openai-secret-1",
    OPENAI_BASE_URL: url,
    ANTHROPIC_API_KEY: "anthropic-secret-1",
    // Superfluous slashes, as people type them.
    ANTHROPIC_BASE_URL: `${url}//`,
  })
})
afterEach(() => {
  vendor.close()
  vendor.closeAllConnections()
  const faults = bodies.flatMap((body) =>
    strictFaults("input" in body ? "responses" : "messages", body),
  )
  if (faults.length > 0) throw new Error(`Strict vendors refuse this: ${faults.join("; ")}`)
})

function events(...list: { type: string; [key: string]: unknown }[]): void {
  const body = list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  answer = { status: 200, type: "text/event-stream", body: body.join("") }
}

function step(model: string, said: string | HistoryMessage[]) {
  return models.streamStep(stepRequest(said, { model, tools: [weatherTool] }))
}

/** The history that a driver stores for a step and its tool, as passed to the next step. */
function next(parts: Awaited<ReturnType<typeof collect>>): HistoryMessage[] {
  const calls = parts.filter((part) => part.type === "tool_call")
  return [
    user("weather?"),
    {
      role: "assistant",
      text: textOf(parts),
      toolCalls: calls.map(({ id, name, args }) => ({ id, name, args })),
      // Through JSON, as the journal stores it.
      providerMetadata: JSON.parse(JSON.stringify(finishOf(parts).providerMetadata)) as unknown,
    },
    {
      role: "tool",
      results: calls.map(({ id, name }) => ({ id, name, isError: false, result: "sunny" })),
    },
  ]
}

describe("anthropic", () => {
  const model = "anthropic/claude-test"
  const start = {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude-test",
      content: [],
      stop_reason: null,
      usage: { input_tokens: 25, output_tokens: 1 },
    },
  }
  const delta = (index: number, value: object) => ({
    type: "content_block_delta",
    index,
    delta: value,
  })
  const stop = (index: number) => ({ type: "content_block_stop", index })
  const end = (reason: string) => [
    { type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 15 } },
    { type: "message_stop" },
  ]

  const thinkThenCall = [
    start,
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "" } },
    delta(0, { type: "thinking_delta", thinking: "I need the weather." }),
    delta(0, { type: "signature_delta", signature: "signed-by-vendor" }),
    stop(0),
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
    delta(1, { type: "text_delta", text: "Let me " }),
    delta(1, { type: "text_delta", text: "look." }),
    stop(1),
    {
      type: "content_block_start",
      index: 2,
      content_block: { type: "tool_use", id: "toolu_1", name: "weather", input: {} },
    },
    delta(2, { type: "input_json_delta", partial_json: '{"city":' }),
    delta(2, { type: "input_json_delta", partial_json: '"Oslo"}' }),
    stop(2),
    ...end("tool_use"),
  ]

  it("streams text and tool calls, with its own token counts", async () => {
    events(...thinkThenCall)
    const parts = await collect(step(model, "weather?"))
    expect(textOf(parts)).toBe("Let me look.")
    expect(parts.find((part) => part.type === "tool_call")).toEqual({
      type: "tool_call",
      id: "toolu_1",
      name: "weather",
      args: { city: "Oslo", days: 1 },
    })
    expect(finishOf(parts)).toMatchObject({
      reason: "tools",
      usage: { model, inputTokens: 25, outputTokens: 15, costUsd: null },
    })
    expect(headers[0]?.["x-api-key"]).toBe("anthropic-secret-1")
    expect(paths).toEqual(["/v1/messages"])
  })

  it("receives its signed thinking with the next step, in place", async () => {
    events(...thinkThenCall)
    const first = await collect(step(model, "weather?"))
    events(start, ...end("end_turn"))
    await collect(step(model, next(first)))
    const messages = bodies[1]?.["messages"] as { role: string; content: unknown[] }[]
    expect(messages[1]?.content).toMatchObject([
      { type: "thinking", thinking: "I need the weather.", signature: "signed-by-vendor" },
      { type: "text", text: "Let me look." },
      { type: "tool_use", id: expect.any(String), name: "weather" },
    ])
    const use = messages[1]?.content[2] as { id: string } | undefined
    expect(messages[2]?.content).toMatchObject([{ type: "tool_result", tool_use_id: use?.id }])
  })

  it("does not receive another model's thinking", async () => {
    events(...thinkThenCall)
    const first = await collect(step(model, "weather?"))
    events(start, ...end("end_turn"))
    await collect(step("anthropic/claude-other", next(first)))
    expect(JSON.stringify(bodies[1])).not.toContain("signed-by-vendor")
    expect(JSON.stringify(bodies[1])).toContain("Let me look.")
  })

  it("overloaded in the middle of an answer is reported as such", async () => {
    events(
      start,
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      delta(0, { type: "text_delta", text: "So far" }),
      { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    )
    const { error, text } = await failureOf(step(model, "hello"))
    expect(error).toMatchObject({ code: "model_overloaded", recoverable: true })
    expect(text).toBe("So far")
  })

  it("ending without its last event counts as cut off", async () => {
    events(
      start,
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      delta(0, { type: "text_delta", text: "So far" }),
    )
    expect((await failureOf(step(model, "hello"))).error.code).toBe("model_cut_off")
  })

  it.each([
    [401, "authentication_error", "invalid x-api-key", "model_unauthorized"],
    [
      400,
      "invalid_request_error",
      "prompt is too long: 210000 tokens > 200000",
      "context_too_long",
    ],
    [404, "not_found_error", "model: claude-test", "model_refused_request"],
  ])("of status %s %s is reported as %s", async (status, type, message, code) => {
    answer = {
      status,
      type: "application/json",
      body: JSON.stringify({ type: "error", error: { type, message } }),
    }
    expect((await failureOf(step(model, "hello"))).error.code).toBe(code)
  })
})

describe("openai", () => {
  const model = "openai/gpt-test"
  const response = { id: "resp_1", created_at: 1, model: "gpt-test", service_tier: null }
  const usage = {
    input_tokens: 30,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 12,
    output_tokens_details: { reasoning_tokens: 0 },
  }
  const reasoning = { type: "reasoning", id: "rs_1", encrypted_content: "sealed", summary: [] }
  const call = {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "weather",
    arguments: '{"city":"Oslo"}',
    status: "completed",
  }
  const message = { type: "message", id: "msg_1", role: "assistant", content: [] }
  const thinkThenCall = [
    { type: "response.created", response },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...reasoning, encrypted_content: null },
    },
    { type: "response.output_item.done", output_index: 0, item: reasoning },
    { type: "response.output_item.added", output_index: 1, item: message },
    {
      type: "response.output_text.delta",
      item_id: "msg_1",
      output_index: 1,
      delta: "Let me look.",
    },
    { type: "response.output_item.done", output_index: 1, item: message },
    { type: "response.output_item.added", output_index: 2, item: { ...call, arguments: "" } },
    {
      type: "response.function_call_arguments.delta",
      item_id: "fc_1",
      output_index: 2,
      delta: call.arguments,
    },
    { type: "response.output_item.done", output_index: 2, item: call },
    { type: "response.completed", response: { ...response, usage } },
  ]

  it("streams text and tool calls, with storage disabled", async () => {
    events(...thinkThenCall)
    const parts = await collect(step(model, "weather?"))
    expect(textOf(parts)).toBe("Let me look.")
    expect(parts.find((part) => part.type === "tool_call")).toMatchObject({
      id: "call_1",
      args: { city: "Oslo", days: 1 },
    })
    expect(finishOf(parts)).toMatchObject({
      reason: "tools",
      usage: { model, inputTokens: 30, outputTokens: 12 },
    })
    expect(bodies[0]).toMatchObject({ store: false, stream: true })
    expect(headers[0]?.authorization).toBe("Bearer openai-secret-1")
    expect(paths).toEqual(["/v1/responses"])
  })

  it("receives its encrypted reasoning with the next step", async () => {
    events(...thinkThenCall)
    const first = await collect(step(model, "weather?"))
    events(...thinkThenCall)
    await collect(step(model, next(first)))
    const input = bodies[1]?.["input"] as {
      type?: string
      call_id?: string
      encrypted_content?: string
    }[]
    expect(input.find((item) => item.type === "reasoning")?.encrypted_content).toBe("sealed")
    const call = input.find((item) => item.type === "function_call")
    expect(call?.call_id).toMatch(/^[A-Za-z0-9]{9}$/)
    expect(input.find((item) => item.type === "function_call_output")?.call_id).toBe(call?.call_id)
  })

  it("of status 401 names the provider of the key, never the key", async () => {
    answer = {
      status: 401,
      type: "application/json",
      body: JSON.stringify({
        error: {
          message: "Incorrect API key: openai-secret-1",
          type: "x",
          code: "invalid_api_key",
        },
      }),
    }
    const { error } = await failureOf(step(model, "hello"))
    expect(error.code).toBe("model_unauthorized")
    expect(error.message).toMatch(/^OpenAI refused the API key/)
    expect(String(error.cause)).not.toContain("openai-secret-1")
  })
})

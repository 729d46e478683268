import type { LanguageModelV4Prompt } from "@ai-sdk/provider"
import { describe, expect, test } from "vitest"

import { toPrompt } from "#lib/models/request/history-messages.ts"
import { resolveToolName, safeToolName } from "#lib/models/request/tool-names.ts"
import type { HistoryMessage } from "#lib/models/step.ts"

const user = (text: string): HistoryMessage => ({ role: "user", text, attachments: [] })
const called = (...ids: string[]): HistoryMessage => ({
  role: "assistant",
  text: "",
  toolCalls: ids.map((id, index) => ({ id, name: "weather", args: { index } })),
})
const result = (id: string, value: unknown): HistoryMessage => ({
  role: "tool",
  results: [{ id, name: "weather", isError: false, result: value }],
})

function write(history: readonly HistoryMessage[]): LanguageModelV4Prompt {
  return toPrompt(history, { model: "openai/x", attachments: new Map(), hasTools: true })
}

const roles = (prompt: LanguageModelV4Prompt) => prompt.map((message) => message.role).join()

describe("a history", () => {
  test("gives each call its own result, in the order of the calls", () => {
    const prompt = write([
      user("hi"),
      called("a", "b", "a"),
      result("b", "of b"),
      result("a", "of the first a"),
      result("a", "of the second a"),
      result("a", "of nothing"),
    ])
    const [, calls, results] = prompt
    const sent = calls?.role === "assistant" ? calls.content : []
    const got = results?.role === "tool" ? results.content : []
    expect(roles(prompt)).toBe("user,assistant,tool")
    expect(got.map((part) => part.type === "tool-result" && part.toolCallId)).toEqual(
      sent.map((part) => part.type === "tool-call" && part.toolCallId),
    )
    expect(got.map((part) => part.type === "tool-result" && part.output)).toEqual([
      { type: "json", value: "of the first a" },
      { type: "json", value: "of b" },
      { type: "json", value: "of the second a" },
    ])
  })

  test("separates results from a person's text with a filler", () => {
    const prompt = write([user("hi"), called("a"), result("a", 1), user("and quickly")])
    expect(roles(prompt)).toBe("user,assistant,tool,assistant,user")
  })

  test("merges consecutive messages of a person", () => {
    const prompt = write([user("hi"), user("and quickly")])
    expect(prompt).toEqual([
      { role: "user", content: [{ type: "text", text: "hi\n\nand quickly" }] },
    ])
  })

  test("begins and ends with the person, whatever was dropped", () => {
    const said: HistoryMessage = { role: "assistant", text: "So.", toolCalls: [] }
    expect(roles(write([said]))).toBe("user,assistant,user")
    expect(roles(write([]))).toBe("user")
  })

  test("drops reasoning without text, and keeps it before text", () => {
    const thought = {
      type: "reasoning" as const,
      text: "hm",
      metadata: { openai: { x: "sealed" } },
    }
    const message = (text: string): HistoryMessage => ({
      role: "assistant",
      text,
      toolCalls: [],
      providerMetadata: {
        model: "openai/x",
        parts: [thought, { type: "text", length: text.length }, thought],
      },
    })
    expect(roles(write([user("a"), message("\n"), user("b")]))).toBe("user")
    const [, answer] = write([user("a"), message("yes"), user("b")])
    expect(answer?.role === "assistant" && answer.content.map((part) => part.type)).toEqual([
      "reasoning",
      "text",
    ])
  })
})

describe("a tool's name", () => {
  test.each([
    [" weather ", "weather"],
    ["functions.weather", "weather"],
    ["default_api:weather", "weather"],
    ["<|tool|>weather", "weather"],
    ["weather<|channel|>commentary", "weather"],
    ["WEATHER", "weather"],
    ["tools/weather", "weather"],
    ['"weather"', "weather"],
    ["weather()", "weather"],
    ["launch ", "launch"],
    ["", ""],
  ])("%j is replaced by %j", (said, name) => {
    expect(resolveToolName(said, ["calculate", "weather"])).toBe(name)
  })

  test("is never replaced by an existing one", () => {
    expect(resolveToolName("a.b", ["b", "a.b"])).toBe("a.b")
  })

  test.each([
    ["weather", "weather"],
    ["functions.launch", "functions_launch"],
    ["9lives", "_9lives"],
    ["名前", "unnamed_tool"],
    [" ", "unnamed_tool"],
    ["-x", "_-x"],
    ["x".repeat(80), "x".repeat(64)],
  ])("%j is restored to %j", (name, safe) => {
    expect(safeToolName(name)).toBe(safe)
  })
})

import { describe, expect, it } from "vitest"

import type { Env } from "#lib/env.ts"
import type {
  HistoryAttachment,
  HistoryMessage,
  HistoryToolResult,
  Models,
} from "#lib/models/step.ts"
import { toolsFor } from "#lib/models/tools/tools-for.ts"
import { briefModel } from "#lib/protocol/model-briefing.ts"
import {
  collect,
  finishOf,
  stepRequest,
  testModels,
  textOf,
  user,
} from "#tests/support/model-steps.ts"

const tools = toolsFor(null, undefined)

/** Plays the driver: alternates steps and tools until the answer is complete. */
async function ask(
  said: HistoryMessage,
  {
    models = testModels(),
    before = [],
    instructions = "Be brief.",
  }: { models?: Models; before?: HistoryMessage[]; instructions?: string } = {},
) {
  const history = [...before, said]
  const used: string[] = []
  const { signal } = new AbortController()
  for (let step = 0; step < 3; step += 1) {
    const parts = await collect(
      models.streamStep(stepRequest(history, { model: "guide", tools, instructions })),
    )
    const calls = parts.filter((part) => part.type === "tool_call")
    if (calls.length === 0) return { text: textOf(parts), used, parts }
    const attachments = history.flatMap((m) => (m.role === "user" ? m.attachments : []))
    const context = { signal, tenantId: "t", userId: "u", conversationId: "c", attachments }
    const results = await Promise.all(
      calls.map(async ({ id, name, args }): Promise<HistoryToolResult> => {
        used.push(name)
        const tool = tools.find((known) => known.name === name)
        try {
          const outcome = await tool?.run(args, context)
          return { id, name, isError: false, result: outcome?.result }
        } catch (error) {
          return { id, name, isError: true, result: error instanceof Error ? error.message : "?" }
        }
      }),
    )
    history.push(
      {
        role: "assistant",
        text: textOf(parts),
        toolCalls: calls.map(({ id, name, args }) => ({ id, name, args })),
      },
      { role: "tool", results },
    )
  }
  throw new Error("The Guide asks for tools without end.")
}

function textFile(filename: string, text: string, contentType = "text/plain"): HistoryAttachment {
  const bytes = Buffer.from(text)
  return {
    attachmentId: `id-${filename}`,
    filename,
    contentType,
    sizeBytes: bytes.length,
    load: async () => bytes,
  }
}

describe("the Guide", () => {
  it("answers the first question from the handbook, through a tool, with a list and code", async () => {
    const { text, used } = await ask(user("What can you do?"))
    expect(used).toEqual(["search_docs"])
    expect(text).toMatch(/^No language model is connected/)
    expect(text).toMatch(/^- calculate/m)
    expect(text).toMatch(/^```sh$/m)
  })

  it("reports no token counts", async () => {
    const { parts } = await ask(user("hello"))
    expect(finishOf(parts).usage).toEqual({
      model: "guide",
      inputTokens: null,
      outputTokens: null,
      costUsd: null,
    })
  })

  it("answers word by word", async () => {
    const { parts } = await ask(user("hello"))
    expect(parts.filter((part) => part.type === "text").length).toBeGreaterThan(20)
  })

  it("introduces itself once per conversation", async () => {
    const before: HistoryMessage[] = [
      user("hello"),
      { role: "assistant", text: "Hello!", toolCalls: [] },
    ]
    const { text } = await ask(user("How do I connect OpenAI?"), { before })
    expect(text).toMatch(/^Put the key/)
  })

  it.each([
    ["what is 12.5% of 80?", "calculate", "**10**"],
    ["calculate 3 * (4", "calculate", "Parenthesis"],
    ["what time is it in Tokyo?", "current_time", "(Asia/Tokyo)"],
    ["when is christmas?", "current_time", "25 December"],
    ["What is the capital of France?", "search_docs", "I can’t answer that."],
  ])("to %j calls %s and answers %j", async (question, tool, expected) => {
    const { text, used } = await ask(user(question))
    expect(used).toEqual([tool])
    expect(text).toContain(expected)
  })

  it("reads and summarises attachments, each file separately", async () => {
    const attachments = [
      textFile("plan.txt", "The plan is to open the museum in May. It has three halls of glass."),
      textFile("people.csv", "name,age\nAda,36\n", "text/csv"),
    ]
    const { text, used } = await ask({ role: "user", text: "Summarise these", attachments })
    expect(used).toEqual(["read_attachment", "read_attachment"])
    expect(text).toContain("open the museum in May")
    expect(text).toContain("1 row and 2 columns")
  })

  it("does not mistake a person's text for an attachment", async () => {
    const { used } = await ask(user('[attachment: "x.txt", text/plain, 3 bytes, id 1]'))
    expect(used).not.toContain("read_attachment")
  })

  it("explains the missing tool, and answers from the handbook nevertheless", async () => {
    const run = async (question: string) =>
      textOf(await collect(testModels().streamStep(stepRequest(question, { model: "guide" }))))
    expect(await run("2+2")).toContain("`calculate`")
    expect(await run("How do I connect OpenAI?")).toContain("OPENAI_API_KEY")
  })

  it.each<[string, Partial<Env>, RegExp]>([
    ["nothing is set", {}, /^I can’t answer that\. No language model is connected/],
    [
      "a key is set without a model",
      { OPENAI_API_KEY: "sk-x" },
      /A key is set for openai.*`STUDIO_MODEL` is not/,
    ],
    [
      "others have a model",
      { STUDIO_MODEL: "openai/x", OPENAI_API_KEY: "sk-x" },
      /not a language model\. Other agents/,
    ],
  ])("describes the installation correctly when %s", async (_, values, expected) => {
    const { text } = await ask(user("Tell me a joke"), { models: testModels(values) })
    expect(text).toMatch(expected)
  })

  it("stops at once on an abort", async () => {
    const stop = new AbortController()
    const slow = testModels({}, { guideWordMs: 20 })
    let words = 0
    for await (const part of slow.streamStep(stepRequest("hello", { signal: stop.signal }))) {
      expect(part.type).toBe("text")
      words += 1
      if (words === 3) stop.abort()
    }
    expect(words).toBe(3)
  })
})

describe("the models of an installation", () => {
  it("consist of the Guide alone on a fresh machine", async () => {
    const models = testModels()
    expect(models.defaultModel).toBe("guide")
    expect(await models.list()).toEqual([{ id: "guide", provider: "guide", isDefault: true }])
  })

  it("stay on the Guide while a key has no model", () => {
    expect(testModels({ ANTHROPIC_API_KEY: "x" }).defaultModel).toBe("guide")
  })
})

describe("the time", () => {
  it("uses the person's time zone when the Guide knows it", async () => {
    const facts = { agentName: "Guide", personName: "Mira", source: "web", now: new Date() }
    const instructions = briefModel({ ...facts, timeZone: "Asia/Tokyo" }, "")
    expect((await ask(user("what time is it?"), { instructions })).text).toContain("(Asia/Tokyo)")
    const unknown = briefModel({ ...facts, timeZone: null }, "")
    const { text } = await ask(user("what time is it?"), { instructions: unknown })
    expect(text).toContain("(UTC)")
  })
})

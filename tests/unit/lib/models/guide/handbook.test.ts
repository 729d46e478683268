import { describe, expect, it } from "vitest"

import { searchHandbook } from "#lib/models/guide/handbook.ts"

describe("the handbook", () => {
  it.each([
    ["What can you do?", "What the Guide can do"],
    ["How do I connect OpenAI?", "Connecting OpenAI"],
    ["connect claude", "Connecting Anthropic"],
    ["how do I run llama locally", "Connecting Ollama"],
    ["is redis required", "Redis"],
    ["how do I create a token", "Personal access tokens"],
    ["what happens when the server crashes?", "Recovery after a crash"],
    ["how can I stop an answer", "Stopping an answer"],
    ["what is a nudge", "Nudging a running answer"],
    ["which environment variables are there?", "Environment variables"],
    ["idempotency", "Idempotency keys"],
    ["how do I use the api with curl", "Using the API with curl"],
    ["what is studio", "What Studio is"],
    ["can I upload a file", "Attachments"],
    ["where is my data stored", "The database"],
  ])("answers %j with “%s”", async (query, title) => {
    const sections = await searchHandbook(query)
    expect(sections[0]?.title).toBe(title)
    expect(sections[0]?.text.length).toBeGreaterThan(50)
    expect(sections.length).toBeLessThanOrEqual(3)
  })

  it.each([
    "What is the capital of France?",
    "Write a poem about the sea",
    "Tell me a joke",
    "how do I cook rice",
    "Who won the world cup in 2022?",
    "What is the weather in Berlin?",
    "stop the war in the middle of Europe",
    "the of and",
    "",
    "…!?",
  ])("has no entry for %j", async (query) => {
    expect(await searchHandbook(query)).toEqual([])
  })
})

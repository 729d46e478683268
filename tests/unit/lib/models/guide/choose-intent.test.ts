import { describe, expect, it } from "vitest"

import { chooseIntent } from "#lib/models/guide/choose-intent.ts"
import type { GuidePrompt } from "#lib/models/guide/read-prompt.ts"

function intentOf(text: string, values: Partial<GuidePrompt> = {}) {
  return chooseIntent({
    text,
    attachments: [],
    earlierAttachments: [],
    results: [],
    isFirst: true,
    timeZone: null,
    tools: new Set(),
    ...values,
  })
}

const notes = { id: "a1", filename: "notes.txt" }

describe("the Guide understands", () => {
  it.each([
    ["hello", "greeting"],
    ["Good morning!", "greeting"],
    ["thank you so much", "thanks"],
    ["Who are you?", "identity"],
    ["Are you an AI?", "identity"],
    ["which model are you", "identity"],
    ["What can you do?", "capabilities"],
    ["help", "capabilities"],
    ["What time is it?", "time"],
    ["what day is today", "time"],
    ["summarise the attachment please", "no_attachment"],
    ["", "nothing"],
  ])("%j as %s", (text, kind) => {
    expect(intentOf(text).kind).toBe(kind)
  })

  it.each([
    ["2+2", "2+2"],
    ["What is 12.5% of 80?", "12.5% of 80"],
    ["calculate 1,000 × 3", "1000 * 3"],
    ["how much is 3 plus 4 times 5", "3 + 4 * 5"],
    ["convert 5 km to miles", "5 km to miles"],
    ["20 celsius in fahrenheit", "20 degC in degF"],
    ["the square root of 16 + 1", "sqrt(16) + 1"],
    ["5!", "5!"],
  ])("%j as the expression %j", (text, expression) => {
    expect(intentOf(text)).toEqual({ kind: "calculation", expression })
  })

  it("a time question without a place as one about the person's own zone", () => {
    const intent = intentOf("what time is it?", { timeZone: "Asia/Tokyo" })
    expect(intent).toEqual({ kind: "time", timezone: "Asia/Tokyo" })
  })

  it.each([
    ["what time is it in Tokyo", { timezone: "Asia/Tokyo" }],
    ["What time is it in New York right now?", { timezone: "America/New_York" }],
    ["what date is in 3 weeks?", { timezone: "UTC", when: "in 3 weeks" }],
    ["when is next Friday in Berlin?", { timezone: "Europe/Berlin", when: "next Friday" }],
    ["how many days until Christmas?", { timezone: "UTC", when: "25 December" }],
  ])("%j as a time question", (text, expected) => {
    expect(intentOf(text)).toEqual({ kind: "time", ...expected })
  })

  it.each([
    "How do I connect OpenAI?",
    "What happened in 1969?",
    "Who won the world cup in 2022?",
    "When does a token expire?",
    "How many tokens may I create?",
    "Write 3 poems",
    "is 2026-11-23 a date",
    "2026-11-23",
    "read me a story",
  ])("%j as nothing it could answer deterministically", (text) => {
    expect(intentOf(text).kind).toBe("question")
  })

  it("a message with files as a request to read them, at most three", () => {
    const files = Array.from({ length: 5 }, (_, index) => ({ ...notes, id: `a${index}` }))
    const intent = intentOf("what is 2+2", { attachments: files })
    expect(intent).toEqual({ kind: "attachments", attachments: files.slice(0, 3) })
  })

  it("a file of an earlier message by its name, and the newest by “summarise it”", () => {
    const older = { id: "a0", filename: "plan.md" }
    const earlier = { earlierAttachments: [older, notes] }
    expect(intentOf("what does plan.md say?", earlier)).toEqual({
      kind: "attachments",
      attachments: [older],
    })
    expect(intentOf("Summarise it", earlier)).toEqual({
      kind: "attachments",
      attachments: [notes],
    })
  })
})

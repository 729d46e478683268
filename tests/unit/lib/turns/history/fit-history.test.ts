import { describe, expect, test } from "vitest"

import type { EventKind } from "#lib/protocol/events.ts"
import type { ReplayedMessage } from "#lib/turns/drive/replay-turn.ts"
import { charactersOf, fitHistory, toHistories } from "#lib/turns/history/fit-history.ts"

const said = (text: string): ReplayedMessage[] => [
  { role: "user", text, attachments: [] },
  { role: "assistant", text: "ok", toolCalls: [] },
]
const looked = (result: string): ReplayedMessage[] => [
  { role: "user", text: "look", attachments: [] },
  { role: "assistant", text: "", toolCalls: [{ id: "a", name: "look", args: {} }] },
  { role: "tool", results: [{ id: "a", name: "look", isError: false, result }] },
  { role: "assistant", text: "seen", toolCalls: [] },
]
const textsOf = (messages: readonly ReplayedMessage[]) =>
  messages.map((message) => (message.role === "tool" ? "result" : message.text))
const resultOf = (messages: readonly ReplayedMessage[]) =>
  messages.find((message) => message.role === "tool")?.results[0]?.result

describe("the fitted history", () => {
  test("is complete when there is room, without a note", () => {
    const fitted = fitHistory([said("one"), said("two")], 1_000)
    expect(textsOf(fitted.messages)).toEqual(["one", "ok", "two", "ok"])
    expect(fitted.notice).toBeNull()
    expect(fitted.characters).toBe(charactersOf(fitted.messages))
  })

  test("contains the newest whole turns, and the number of dropped ones", () => {
    const turns = ["1", "2", "3", "4"].map((text) => said(text.repeat(100)))
    const fitted = fitHistory(turns, 220)
    expect(textsOf(fitted.messages)).toEqual(["3".repeat(100), "ok", "4".repeat(100), "ok"])
    expect(fitted.notice).toBe(
      "The oldest 2 messages do not fit the model any more and were left out.",
    )
    expect(fitHistory(turns, 320).notice).toBe(
      "The oldest message does not fit the model any more and was left out.",
    )
  })

  test("shortens old tool results before dropping turns", () => {
    const turns = [looked("x".repeat(5_000)), said("y".repeat(3_000))]
    const fitted = fitHistory(turns, 5_000)
    expect(textsOf(fitted.messages)).toHaveLength(6)
    expect(resultOf(fitted.messages)).toMatch(/^"x{999} … \(shortened\)$/)
    expect(fitted.notice).toBe("Older tool results were shortened to fit the model.")
    expect(fitted.characters).toBeLessThanOrEqual(5_000)
  })

  test("shortens the newest result before dropping its turn", () => {
    const fitted = fitHistory([looked("x".repeat(5_000))], 2_000)
    expect(textsOf(fitted.messages)).toEqual(["look", "", "result", "seen"])
    expect(fitted.notice).toBe("Older tool results were shortened to fit the model.")
  })

  test("ends at a partially loaded turn", () => {
    const fitted = fitHistory([said("one"), null, said("three")], 1_000)
    expect(textsOf(fitted.messages)).toEqual(["three", "ok"])
    expect(fitted.notice).toContain("oldest 2 messages")
  })

  test("is empty without room", () => {
    expect(fitHistory([said("one")], 0)).toMatchObject({ messages: [], characters: 0 })
  })
})

describe("a turn without an answer", () => {
  const row = (kind: EventKind, payload: object, seq: number) => ({
    seq,
    firstSeq: seq,
    turnId: "t",
    attempt: 1,
    direction: "outbound" as const,
    kind,
    payload: JSON.stringify(payload),
    detail: null,
    lengths: null,
    createdAt: new Date("2026-01-01T00:00:00.000Z"),
  })
  const message = row("message", { text: "hi", attachments: [] }, 1)
  const historyOf = (outcome: string, ...rows: ReturnType<typeof row>[]) =>
    toHistories([{ id: "t", outcome }], [message, ...rows])[0]

  test.each([
    ["error", "(No answer: something failed.)"],
    ["interrupted", "(No answer: the person stopped it.)"],
    ["end", "(No answer.)"],
  ])("that ended as %s gets a note in the model's place", (outcome, text) => {
    expect(historyOf(outcome)).toEqual([
      { role: "user", text: "hi", attachments: [] },
      { role: "assistant", text, toolCalls: [], isNote: true },
    ])
  })

  test("gets a note after results, after blank text, and after an unread nudge", () => {
    const call = row("tool_call", { id: "a", name: "x", scope: "read" }, 2)
    const result = row("tool_result", { id: "a", is_error: false, summary: "ok" }, 3)
    const rows = [[call, result], [row("text_delta", { text: "\n" }, 2)]]
    rows.push([row("text_delta", { text: "yes" }, 2), row("nudge", { text: "and?" }, 3)])
    for (const one of rows)
      expect(historyOf("error", ...one)?.at(-1)).toMatchObject({ isNote: true })
  })

  test("gets none when it broke off within its text or was withdrawn", () => {
    const broken = historyOf("error", row("text_delta", { text: "so far" }, 2))
    expect(broken?.at(-1)).toEqual({ role: "assistant", text: "so far", toolCalls: [] })
    expect(historyOf("withdrawn")).toBeUndefined()
  })
})

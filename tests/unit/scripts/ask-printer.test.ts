import { describe, expect, test } from "vitest"

import { AskPrinter } from "#scripts/ask-printer.ts"

const turn = "01a20998-d240-7000-9c3a-c5d0f83dc09f"

function printAll(events: [name: string, payload: Record<string, unknown>][]) {
  let text = ""
  const printer = new AskPrinter(turn, (more) => (text += more))
  const ends = events.map(([event, payload]) =>
    printer.print({ id: "1", event, data: JSON.stringify({ turn_id: turn, ...payload }) }),
  )
  return { text, end: ends.at(-1), early: ends.slice(0, -1).filter((end) => end !== null) }
}

const final = (reason: string) =>
  ["final", { text: "x", duration_ms: 1, stop_reason: reason, text_sha256: "x" }] as [
    string,
    Record<string, unknown>,
  ]

describe("the terminal output of a turn", () => {
  test("shows text as it arrives, each tool call and result on its own line", () => {
    const { text, end, early } = printAll([
      ["text_delta", { text: "Let me " }],
      ["text_delta", { text: "see" }],
      [
        "tool_call",
        { id: "1", name: "clock", scope: "read", args_summary: "Tokyo", args_digest: "x" },
      ],
      ["tool_result", { id: "1", is_error: false, summary: "03:08" }],
      ["text_delta", { text: "It is 03:08.\n" }],
      final("end"),
      ["done", {}],
    ])
    expect(text).toBe("Let me see\n→ clock: Tokyo\n← 03:08\nIt is 03:08.\n")
    expect(end).toBe("answered")
    expect(early).toEqual([])
  })

  test("completes an open line at the end", () => {
    expect(printAll([["text_delta", { text: "abc" }], final("end"), ["done", {}]]).text).toBe(
      "abc\n",
    )
  })

  test.each([
    ["interrupted", "stopped"],
    ["withdrawn", "stopped"],
    ["length", "answered"],
  ])("treats a turn that ended with %s as %s", (reason, expected) => {
    expect(printAll([final(reason), ["done", {}]]).end).toBe(expected)
  })

  test("shows an error and counts it as a failure", () => {
    const { text, end } = printAll([
      ["error", { message: "The model does not answer.", recoverable: true, code: "x" }],
      ["done", {}],
    ])
    expect(text).toBe("✗ The model does not answer.\n")
    expect(end).toBe("failed")
  })

  test("strips a model's escape sequences", () => {
    const { text } = printAll([["text_delta", { text: "a\u001b[2J\u009b31m\rb\tc\n" }]])
    expect(text).toBe("a[2J31mb\tc\n")
  })

  test("skips events of other turns and unknown names", () => {
    const { text, end } = printAll([
      ["text_delta", { turn_id: "another", text: "no" }],
      ["from_the_future", {}],
      ["done", { turn_id: "another" }],
    ])
    expect(text).toBe("")
    expect(end).toBeNull()
  })
})

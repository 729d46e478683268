import { describe, expect, test } from "vitest"

import type { StoredRow } from "#db/queries/journal.ts"
import type { EventKind } from "#lib/protocol/events.ts"
import { replayTurn } from "#lib/turns/drive/replay-turn.ts"

/** Rows of one turn, numbered from 1: kind, payload, private detail. */
function rowsOf(...rows: [kind: EventKind, payload?: object, detail?: object][]): StoredRow[] {
  return rows.map(([kind, payload = {}, detail], index) => ({
    seq: index + 1,
    firstSeq: index + 1,
    turnId: "t",
    attempt: 1,
    direction: kind === "message" || kind === "nudge" ? "inbound" : "outbound",
    kind,
    payload: JSON.stringify(payload),
    detail: detail === undefined ? null : JSON.stringify(detail),
    lengths: null,
    createdAt: new Date("2026-01-01T00:00:00.000Z"),
  }))
}

const message: [EventKind, object] = ["message", { text: "hi", attachments: [] }]
const started = (attempt: number, keepSeq: number): [EventKind, object] => [
  "turn_started",
  { attempt, keep_seq: keepSeq },
]
const delta = (text: string): [EventKind, object] => ["text_delta", { text }]
const call = (id: string, scope = "read"): [EventKind, object, object] => [
  "tool_call",
  { id, name: "tool", scope },
  { args: { id } },
]
const result = (id: string): [EventKind, object, object] => [
  "tool_result",
  { id, is_error: false, summary: "ok" },
  { result: `result ${id}` },
]
const usage = (reason: string, nudgesReadSeq = 0): [EventKind, object, object] => [
  "token_usage",
  { model: "m", input_tokens: 1, output_tokens: 2, cost_usd: null },
  { reason, nudgesReadSeq },
]
const recover = (rows: StoredRow[]) => replayTurn(rows, { onlyFinished: true })

describe("replaying a turn", () => {
  test("keeps only the message when no model call has finished", () => {
    const state = recover(rowsOf(message, started(1, 1), delta("par"), delta("tial")))
    expect(state).toMatchObject({
      keepSeq: 1,
      keptText: "",
      steps: 0,
      openCalls: [],
      lastReason: null,
    })
    expect(state.messages).toEqual([{ role: "user", text: "hi", attachments: [] }])
  })

  test("resumes after the last finished step, including its results", () => {
    const state = recover(
      rowsOf(
        message,
        started(1, 1),
        delta("one"),
        call("a"),
        usage("tools"),
        result("a"),
        delta("par"),
      ),
    )
    expect(state).toMatchObject({ keepSeq: 6, keptText: "one", steps: 1, lastReason: "tools" })
    expect(state.messages.slice(1)).toEqual([
      { role: "assistant", text: "one", toolCalls: [{ id: "a", name: "tool", args: { id: "a" } }] },
      { role: "tool", results: [{ id: "a", name: "tool", isError: false, result: "result a" }] },
    ])
  })

  test("lists the calls of a finished model call that have no result", () => {
    const state = recover(
      rowsOf(message, started(1, 1), call("a"), call("b", "write"), usage("tools"), result("a")),
    )
    expect(state.openCalls).toEqual([{ id: "b", name: "tool", scope: "write", args: { id: "b" } }])
  })

  test("drops a call whose model call did not finish: it was never made", () => {
    const state = recover(rowsOf(message, started(1, 1), delta("x"), call("a", "write")))
    expect(state).toMatchObject({ keepSeq: 1, openCalls: [], keptText: "" })
  })

  test("drops what an earlier attempt dropped, and counts its usage", () => {
    const state = recover(
      rowsOf(message, started(1, 1), delta("old"), started(2, 1), delta("new"), usage("end")),
    )
    expect(state).toMatchObject({ keptText: "new", keepSeq: 6, lastReason: "end" })
    const dropped = recover(
      rowsOf(message, started(1, 1), delta("a"), usage("tools"), started(2, 1)),
    )
    expect(dropped.usage).toHaveLength(1)
    expect(dropped.steps).toBe(0)
  })

  test("detects an unread nudge", () => {
    const nudge: [EventKind, object] = ["nudge", { text: "more" }]
    const unread = recover(rowsOf(message, started(1, 1), delta("a"), nudge, usage("end", 0)))
    expect(unread).toMatchObject({ nudgesReadSeq: 0, nudgeSeq: 4, lastReason: "end" })
    expect(unread.messages.at(-1)).toEqual({ role: "user", text: "more", attachments: [] })
    const read = recover(
      rowsOf(
        message,
        started(1, 1),
        delta("a"),
        nudge,
        usage("end", 0),
        delta("b"),
        usage("end", 4),
      ),
    )
    expect(read.nudgesReadSeq).toBe(4)
  })
})

describe("history", () => {
  test("contains an interrupted answer with its closed calls", () => {
    const closed: [EventKind, object] = [
      "tool_result",
      { id: "a", is_error: true, summary: "interrupted" },
    ]
    const rows = rowsOf(
      message,
      started(1, 1),
      delta("so far"),
      call("a"),
      closed,
      ["final"],
      ["done"],
    )
    expect(replayTurn(rows, { onlyFinished: false }).messages.slice(1)).toEqual([
      {
        role: "assistant",
        text: "so far",
        toolCalls: [{ id: "a", name: "tool", args: { id: "a" } }],
      },
      {
        role: "tool",
        results: [{ id: "a", name: "tool", isError: true, result: "interrupted" }],
      },
    ])
  })
})

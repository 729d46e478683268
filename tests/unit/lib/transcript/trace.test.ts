import { describe, expect, test } from "vitest"

import type { EventKind } from "#lib/protocol/events.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import { emptyTrace, segmentsNow, traceRow, type Trace } from "#lib/transcript/trace.ts"

/** Rows of one turn, given as `[kind, at, payload]`. */
function traceOf(...rows: [EventKind, number | null, Record<string, unknown>?][]): Trace {
  return rows
    .map(([kind, atMs, payload], index): JournalRow => {
      return { seq: index + 1, firstSeq: index + 1, kind, payload: payload ?? {}, atMs }
    })
    .reduce(traceRow, emptyTrace)
}

const summarize = (trace: Trace, nowMs = 0) =>
  segmentsNow(trace, nowMs).map((segment) => `${segment.kind} ${segment.ms}`)

describe("the trace", () => {
  test("model, tool and model again are drawn with their durations", () => {
    const trace = traceOf(
      ["message", 0],
      ["turn_started", 100],
      ["tool_call", 400, { id: "a" }],
      ["tool_result", 1400, { id: "a" }],
      ["text_delta", 1500],
      ["final", 1900],
    )
    expect(summarize(trace)).toEqual(["model 300", "tool 1000", "model 500"])
  })

  test("parallel calls form one tool segment until the last result", () => {
    const trace = traceOf(
      ["turn_started", 0],
      ["tool_call", 10, { id: "a" }],
      ["tool_call", 20, { id: "b" }],
      ["tool_result", 50, { id: "a" }],
      ["tool_result", 110, { id: "b" }],
    )
    expect(summarize(trace, 210)).toEqual(["model 10", "tool 100", "model 100"])
  })

  test("a failed tool is red", () => {
    const trace = traceOf(
      ["turn_started", 0],
      ["tool_call", 10, { id: "a" }],
      ["tool_result", 50, { id: "a", is_error: true }],
      ["final", 60],
    )
    expect(summarize(trace)).toEqual(["model 10", "error 40", "model 10"])
  })

  test("a stopped tool is not", () => {
    const trace = traceOf(
      ["turn_started", 0],
      ["tool_call", 10, { id: "a" }],
      ["tool_result", 50, { id: "a", is_error: true, summary: "interrupted" }],
      ["final", 60],
    )
    expect(summarize(trace)).toEqual(["model 10", "tool 40", "model 10"])
  })

  test("a silent model waited and then failed", () => {
    const trace = traceOf(["turn_started", 0], ["text_delta", 1000], ["error", 61_000])
    expect(summarize(trace)).toEqual(["model 1000", "wait 60000", "error 0"])
  })

  test("the time between a lost attempt and the next is waiting", () => {
    const trace = traceOf(
      ["turn_started", 0],
      ["text_delta", 500],
      ["turn_started", 2500],
      ["final", 3000],
    )
    expect(summarize(trace)).toEqual(["model 500", "wait 2000", "model 500"])
  })

  test("the time while disconnected is unknown, not invented work", () => {
    const trace = traceOf(
      ["turn_started", 0],
      ["text_delta", 500],
      ["tool_call", null, { id: "a" }],
      ["tool_result", null, { id: "a" }],
      ["text_delta", 9500],
      ["final", 10_000],
    )
    expect(summarize(trace)).toEqual(["model 500", "wait 9000", "model 500"])
  })

  test("a clock that goes back never causes negative durations", () => {
    const trace = traceOf(["turn_started", 1000], ["tool_call", 400, { id: "a" }], ["final", 300])
    expect(summarize(trace)).toEqual([])
  })
})

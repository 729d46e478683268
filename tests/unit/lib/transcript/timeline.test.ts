import fc from "fast-check"
import { expect, test } from "vitest"

import type { EventKind } from "#lib/protocol/events.ts"
import { coarsen } from "#lib/transcript/browsed-conversation.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import { buildTimeline } from "#lib/transcript/timeline.ts"
import { emptyTrace, segmentsNow, traceRow } from "#lib/transcript/trace.ts"

import { journals, turnsOf } from "./journal-script.ts"

let seq = 0

function row(kind: EventKind, atMs: number, payload: Record<string, unknown> = {}): JournalRow {
  seq += 1
  return { seq, firstSeq: seq, kind, payload, atMs: 1_000_000 + atMs }
}

function turn(): JournalRow[] {
  seq = 0
  return [
    row("message", 0, { text: "Why?" }),
    row("turn_started", 100, { attempt: 1 }),
    row("text_delta", 900, { text: "Let me " }),
    row("text_delta", 1_100, { text: "look." }),
    row("tool_call", 1_200, { id: "a", name: "search", args_summary: "exports" }),
    row("tool_result", 3_200, { id: "a", is_error: true, summary: "timed out" }),
    row("text_delta", 4_200, { text: "Because." }),
    row("token_usage", 4_300, { input_tokens: 10, output_tokens: 2, cost_usd: null }),
    row("final", 4_400, { stop_reason: "end", text: "Let me look.Because." }),
    row("done", 4_400),
  ]
}

test("a turn's phases are contiguous from its message to its end", () => {
  const { parts, totalMs } = buildTimeline(turn())
  expect(totalMs).toBe(4_400)
  expect(parts.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
    ["wait", 0, 100],
    ["model", 100, 1_200],
    ["error", 1_200, 3_200],
    ["model", 3_200, 4_400],
  ])
})

test("a phase with tools is named after the first", () => {
  expect(buildTimeline(turn()).parts.map(({ label }) => label)).toEqual([
    "Waiting",
    "Model",
    "search",
    "Model",
  ])
})

test("a running, failed or instant tool names its phase", () => {
  const labelsOf = (...rows: [EventKind, number, Record<string, unknown>?][]) => {
    seq = 0
    const all = [row("message", 0), row("turn_started", 10)]
    for (const [kind, atMs, payload] of rows) all.push(row(kind, atMs, payload))
    return buildTimeline(all).parts.map(({ kind, label }) => `${kind} ${label}`)
  }
  const call = { id: "a", name: "search" }
  expect(labelsOf(["tool_call", 20, call], ["status", 90])).toEqual([
    "wait Waiting",
    "model Model",
    "tool search",
  ])
  expect(labelsOf(["tool_call", 20, call], ["error", 90])).toEqual([
    "wait Waiting",
    "model Model",
    "tool search",
    "error Error",
  ])
  expect(labelsOf(["tool_call", 20, call], ["error", 20])).toEqual([
    "wait Waiting",
    "model Model",
    "error Error",
  ])
  const other = { id: "b", name: "clock" }
  expect(
    labelsOf(
      ["tool_call", 20, call],
      ["tool_result", 20, call],
      ["tool_call", 20, other],
      ["tool_result", 50, other],
    ),
  ).toEqual(["wait Waiting", "model Model", "tool clock"])
})

test("the phases equal the queueing time plus the trace, to the millisecond", () => {
  fc.assert(
    fc.property(journals, (rows) => {
      // A turn with only its message has no phases yet.
      for (const own of [...turnsOf(rows).values()].filter(({ length }) => length > 1)) {
        const { parts, startedAtMs, totalMs } = buildTimeline(own)
        const trace = own.reduce(traceRow, emptyTrace)
        const segments = segmentsNow(trace, startedAtMs + totalMs)
        const [first, ...rest] = parts
        expect(first).toMatchObject({ kind: "wait", startMs: 0 })
        expect(rest.map(({ kind, startMs, endMs }) => ({ kind, ms: endMs - startMs }))).toEqual(
          segments.map(({ kind, ms }) => ({ kind, ms })),
        )
        const ends = [0, ...parts.map(({ endMs }) => endMs)]
        expect(parts.map(({ startMs }) => startMs)).toEqual(ends.slice(0, -1))
        expect(ends.at(-1)).toBeLessThanOrEqual(totalMs)
      }
    }),
  )
})

test("a turn that is queued, or ended in the queue, consists of waiting", () => {
  seq = 0
  const message = row("message", 0, { text: "Why?" })
  expect(buildTimeline([message]).parts).toEqual([])
  const withdrawn = [message, row("final", 700, { stop_reason: "withdrawn" }), row("done", 700)]
  expect(buildTimeline(withdrawn).parts).toEqual([
    { kind: "wait", label: "Waiting", startMs: 0, endMs: 700 },
  ])
  const failed = [message, row("error", 700, { code: "internal" }), row("done", 700)]
  expect(buildTimeline(failed).parts).toEqual([
    { kind: "wait", label: "Waiting", startMs: 0, endMs: 700 },
    { kind: "error", label: "Error", startMs: 700, endMs: 700 },
  ])
})

test("the silence of a lost attempt counts as waiting, not as work", () => {
  seq = 0
  const { parts } = buildTimeline([
    row("message", 0, { text: "Why?" }),
    row("turn_started", 100, { attempt: 1, keep_seq: 1 }),
    row("text_delta", 500, { text: "Be" }),
    row("turn_started", 2_500, { attempt: 2, keep_seq: 1 }),
    row("final", 3_000, { stop_reason: "end" }),
  ])
  expect(parts.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
    ["wait", 0, 100],
    ["model", 100, 500],
    ["wait", 500, 2_500],
    ["model", 2_500, 3_000],
  ])
})

test("consecutive deltas form one row, folded or not", () => {
  const rows = turn()
  const unfolded = buildTimeline(rows)
  const folded = buildTimeline([
    ...rows.slice(0, 2),
    { seq: 4, firstSeq: 3, kind: "text_delta", payload: { text: "Let me look." }, atMs: 1_001_100 },
    ...rows.slice(4),
  ])
  expect(unfolded.rows).toEqual(folded.rows)
  expect(unfolded.rows[2]).toMatchObject({
    firstSeq: 3,
    seq: 4,
    summary: "Let me look.",
    bar: { kind: "model", startMs: 100, endMs: 1_100 },
  })
})

test("a call lasts until its result and shows its failure", () => {
  const { rows } = buildTimeline(turn())
  expect(rows.find(({ kind }) => kind === "tool_call")?.bar).toEqual({
    kind: "error",
    startMs: 1_200,
    endMs: 3_200,
  })
})

test("offsets never decrease, and an unknown cost stays unknown", () => {
  const { rows, usage } = buildTimeline(turn())
  const offsets = rows.map(({ offsetMs }) => offsetMs)
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
  expect(usage).toEqual({ model: "", inputTokens: 10, outputTokens: 2, costUsd: null })
})

test("a trace of very many segments is reduced, and keeps its failure", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({
    kind: index === 321 ? ("error" as const) : ("model" as const),
    ms: 10,
  }))
  const few = coarsen(many)
  expect(few.length).toBeLessThanOrEqual(24)
  expect(few.some(({ kind }) => kind === "error")).toBe(true)
})

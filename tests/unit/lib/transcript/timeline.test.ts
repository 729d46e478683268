import { expect, test } from "vitest"

import { coarsen } from "#lib/transcript/browsed-conversation.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import { buildTimeline } from "#lib/transcript/timeline.ts"

let seq = 0

function row(kind: string, atMs: number, payload: Record<string, unknown> = {}): JournalRow {
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

test("the parts of a turn follow each other from its message to its end", () => {
  const { parts, totalMs } = buildTimeline(turn())
  expect(totalMs).toBe(4_400)
  expect(parts.map(({ kind, startMs, endMs }) => [kind, startMs, endMs])).toEqual([
    ["wait", 0, 100],
    ["model", 100, 1_200],
    ["error", 1_200, 3_200],
    ["model", 3_200, 4_400],
  ])
})

test("deltas that follow each other are one line, folded or not", () => {
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

test("a call lasts until its result, and shows that it failed", () => {
  const { rows } = buildTimeline(turn())
  expect(rows.find(({ kind }) => kind === "tool_call")?.bar).toEqual({
    kind: "error",
    startMs: 1_200,
    endMs: 3_200,
  })
})

test("offsets never run backwards, and an unknown cost stays unknown", () => {
  const { rows, usage } = buildTimeline(turn())
  const offsets = rows.map(({ offsetMs }) => offsetMs)
  expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
  expect(usage).toEqual({ inputTokens: 10, outputTokens: 2, costUsd: null })
})

test("a trace of very many parts is drawn as few, and keeps its failure", () => {
  const many = Array.from({ length: 500 }, (_, index) => ({
    kind: index === 321 ? ("error" as const) : ("model" as const),
    ms: 10,
  }))
  const few = coarsen(many)
  expect(few.length).toBeLessThanOrEqual(24)
  expect(few.some(({ kind }) => kind === "error")).toBe(true)
})

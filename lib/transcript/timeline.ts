import type { EventKind } from "#lib/protocol/events.ts"

import {
  ignoreUnknown,
  hasFailed,
  numberOf,
  textOf,
  type JournalRow,
  type RowOf,
} from "./journal-row.ts"
import { emptyTrace, segmentsNow, traceRow, type SegmentKind, type Trace } from "./trace.ts"
import { addUsage, usageOf, type Usage } from "./usage.ts"

/** One line of a turn's timeline: an event, or a run of text deltas. */
export interface TimelineRow {
  seq: number
  firstSeq: number
  kind: EventKind
  /** Milliseconds since the turn's message. */
  offsetMs: number
  summary: string
  /** Its segment on the time scale; null for a moment. */
  bar: { kind: SegmentKind; startMs: number; endMs: number } | null
  isError: boolean
}

interface TimelinePart {
  kind: SegmentKind
  label: string
  startMs: number
  endMs: number
}

/** A turn as the inspector draws it; built from the journal alone. */
export interface Timeline {
  rows: readonly TimelineRow[]
  /** How the time was spent, without gaps from the message to the end. */
  parts: readonly TimelinePart[]
  startedAtMs: number
  totalMs: number
  attempts: number
  /** Of the model calls of every attempt. */
  usage: Usage | null
}

const summaryCharactersMax = 160

interface Building {
  rows: TimelineRow[]
  trace: Trace
  /** Of the tools that run, the one that was called first. */
  tool: string
  /** By the index of the trace's segment in which it ran. */
  tools: Map<number, string>
  /** When the trace began; null while the turn waits in its queue. */
  beganMs: number | null
  startedAtMs: number
  /** Rows of calls without a result, by id. */
  openCalls: Map<string, TimelineRow>
  attempts: number
  usage: Usage | null
}

/** @param rows of one turn, in seq order, each with its time */
export function buildTimeline(rows: readonly JournalRow[]): Timeline {
  const startedAtMs = rows[0]?.atMs ?? 0
  const building: Building = {
    rows: [],
    trace: emptyTrace,
    tool: "",
    tools: new Map(),
    beganMs: null,
    startedAtMs,
    openCalls: new Map(),
    attempts: 0,
    usage: null,
  }
  let lastMs = 0
  for (const row of rows) {
    // Clocks of different processes: time never runs backwards on a scale.
    lastMs = Math.max(lastMs, (row.atMs ?? startedAtMs) - startedAtMs)
    addEvent(building, row, lastMs)
    addToTrace(building, { ...row, atMs: startedAtMs + lastMs })
    const { open, segments } = building.trace
    const hasBegun = open !== null || segments.length > 0 || row.kind === "final"
    if (hasBegun) building.beganMs ??= lastMs
  }
  const { attempts, usage } = building
  const parts = partsOf(building, lastMs)
  return { rows: building.rows, parts, startedAtMs, totalMs: lastMs, attempts, usage }
}

function addToTrace(building: Building, row: JournalRow): void {
  const before = building.trace
  building.trace = traceRow(before, row)
  if (before.open?.kind === "tool") nameSegment(building, before.segments.length)
  if (before.openCalls.length === 0 && row.kind === "tool_call") {
    building.tool = textOf(row.payload, "name")
  }
}

/** Names the segment in which tools ran, if it is among those from an index on. */
function nameSegment({ trace, tool, tools }: Building, from: number): void {
  const index = trace.segments.findIndex(
    ({ kind, ms }, at) => at >= from && (kind === "tool" || (kind === "error" && ms > 0)),
  )
  if (index !== -1) tools.set(index, tool)
}

/** The wait in the queue, then the trace. */
function partsOf(building: Building, lastMs: number): TimelinePart[] {
  const { trace, beganMs, startedAtMs, tools, tool } = building
  const segments = segmentsNow(trace, startedAtMs + lastMs)
  let endMs = beganMs ?? lastMs
  const parts: TimelinePart[] = []
  if (endMs > 0) parts.push({ kind: "wait", label: labels.wait, startMs: 0, endMs })
  for (const [index, { kind, ms }] of segments.entries()) {
    const isRunning = index >= trace.segments.length && trace.open?.kind === "tool"
    const label = isRunning ? tool : (tools.get(index) ?? labels[kind])
    parts.push({ kind, label, startMs: endMs, endMs: endMs + ms })
    endMs += ms
  }
  return parts
}

const labels = { wait: "Waiting", model: "Model", tool: "Tool", error: "Error" } as const

function addEvent(building: Building, row: JournalRow, ms: number): void {
  const line: TimelineRow = {
    seq: row.seq,
    firstSeq: row.firstSeq,
    kind: row.kind,
    offsetMs: ms,
    summary: summaryOf(row, building, ms),
    bar: null,
    isError: row.kind === "error" || (row.kind === "tool_result" && hasFailed(row.payload)),
  }
  switch (row.kind) {
    case "text_delta":
      addText(building, line)
      return
    case "turn_started":
      building.attempts += 1
      building.openCalls.clear()
      break
    case "tool_call":
      line.bar = { kind: "tool", startMs: ms, endMs: ms }
      building.openCalls.set(textOf(row.payload, "id"), line)
      break
    case "tool_result":
      endCall(building, row, ms)
      break
    case "token_usage":
      building.usage = addUsage(building.usage, usageOf(row.payload))
      break
    case "message":
    case "nudge":
    case "status":
    case "final":
    case "error":
    case "done":
    case "title":
      break
    default:
      ignoreUnknown(row, undefined)
  }
  building.rows.push(line)
}

/** Deltas that follow each other are one line, before and after folding. */
function addText(building: Building, line: TimelineRow): void {
  const last = building.rows.at(-1)
  const isRun = last?.kind === "text_delta" && last.seq + 1 === line.firstSeq
  if (!isRun) {
    const { open } = building.trace
    const startMs = open?.kind === "model" ? open.sinceMs - building.startedAtMs : line.offsetMs
    line.bar = { kind: "model", startMs, endMs: line.offsetMs }
    line.offsetMs = Math.max(startMs, last?.offsetMs ?? 0)
    building.rows.push(line)
    return
  }
  last.seq = line.seq
  if (last.bar !== null) last.bar.endMs = line.offsetMs
  if (last.summary.length < summaryCharactersMax) {
    last.summary = cut(last.summary + line.summary)
  }
}

function endCall(building: Building, row: RowOf<"tool_result">, ms: number): void {
  const id = textOf(row.payload, "id")
  const call = building.openCalls.get(id)
  const kind = hasFailed(row.payload) ? "error" : "tool"
  if (call?.bar != null) call.bar = { kind, startMs: call.bar.startMs, endMs: ms }
  building.openCalls.delete(id)
}

function summaryOf(row: JournalRow, building: Building, ms: number): string {
  switch (row.kind) {
    case "message":
    case "nudge":
    case "text_delta":
      return cut(textOf(row.payload, "text"))
    case "status":
      return cut(textOf(row.payload, "message"))
    case "turn_started": {
      const waited = building.attempts === 0 ? `, waited ${Math.round(ms)} ms in the queue` : ""
      return `Attempt ${numberOf(row.payload, "attempt") ?? building.attempts + 1}${waited}`
    }
    case "tool_call":
      return cut(`${textOf(row.payload, "name")} ${textOf(row.payload, "args_summary")}`)
    case "tool_result":
      return cut(textOf(row.payload, "summary"))
    case "token_usage":
      return usageWords(row)
    case "final":
      return `${textOf(row.payload, "stop_reason")}, ${textOf(row.payload, "text").length.toLocaleString("en")} characters`
    case "error":
      return cut(`${textOf(row.payload, "code")}: ${textOf(row.payload, "message")}`)
    case "title":
      return cut(textOf(row.payload, "title"))
    case "done":
      return ""
    default:
      return ignoreUnknown(row, "")
  }
}

function usageWords({ payload }: RowOf<"token_usage">): string {
  const words = [textOf(payload, "model")]
  for (const [field, unit] of [
    ["input_tokens", "in"],
    ["output_tokens", "out"],
  ] as const) {
    const value = numberOf(payload, field)
    if (value !== null) words.push(`${value.toLocaleString("en")} ${unit}`)
  }
  const cost = numberOf(payload, "cost_usd")
  words.push(cost === null ? "cost not known" : `$${cost.toFixed(4)}`)
  return words.filter((word) => word !== "").join(", ")
}

function cut(text: string): string {
  const line = text.slice(0, summaryCharactersMax * 2).replaceAll(/\s+/g, " ")
  if (line.length <= summaryCharactersMax) return line
  return `${line.slice(0, summaryCharactersMax - 1).toWellFormed()}…`
}

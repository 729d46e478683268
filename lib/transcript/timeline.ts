import { hasFailed, numberOf, textOf, type JournalRow } from "./journal-row.ts"
import type { SegmentKind } from "./trace.ts"

/** One line of a turn's timeline: an event, or a run of text deltas. */
export interface TimelineRow {
  seq: number
  firstSeq: number
  kind: string
  /** Milliseconds since the turn's message. */
  offsetMs: number
  summary: string
  /** What it stands for on the time scale; null for a moment. */
  bar: { kind: SegmentKind; startMs: number; endMs: number } | null
  isError: boolean
}

export interface TimelinePart {
  kind: SegmentKind
  label: string
  startMs: number
  endMs: number
}

/** A turn as the inspector draws it; built from the journal alone. */
export interface Timeline {
  rows: readonly TimelineRow[]
  /** What the time went to, without gaps from the message to the end. */
  parts: readonly TimelinePart[]
  startedAtMs: number
  totalMs: number
  attempts: number
  usage: { inputTokens: number | null; outputTokens: number | null; costUsd: number | null } | null
}

const summaryCharactersMax = 160

interface Building {
  rows: TimelineRow[]
  parts: TimelinePart[]
  startedAtMs: number
  /** When what goes on now began, and what it is. */
  sinceMs: number
  doing: { kind: SegmentKind; label: string } | null
  /** Rows of calls without a result, by id. */
  openCalls: Map<string, TimelineRow>
  hasFailedCall: boolean
  attempts: number
  usage: Timeline["usage"]
}

/** @param rows of one turn, in seq order, each with its time */
export function buildTimeline(rows: readonly JournalRow[]): Timeline {
  const startedAtMs = rows[0]?.atMs ?? 0
  const building: Building = {
    rows: [],
    parts: [],
    startedAtMs,
    sinceMs: 0,
    doing: { kind: "wait", label: "Waiting" },
    openCalls: new Map(),
    hasFailedCall: false,
    attempts: 0,
    usage: null,
  }
  let lastMs = 0
  for (const row of rows) {
    // Clocks of different processes: time never runs backwards on a scale.
    lastMs = Math.max(lastMs, (row.atMs ?? startedAtMs) - startedAtMs)
    addEvent(building, row, lastMs)
  }
  close(building, lastMs)
  const { parts, attempts, usage } = building
  return { rows: building.rows, parts, startedAtMs, totalMs: lastMs, attempts, usage }
}

function addEvent(building: Building, row: JournalRow, ms: number): void {
  const line: TimelineRow = {
    seq: row.seq,
    firstSeq: row.firstSeq,
    kind: row.kind,
    offsetMs: ms,
    summary: summaryOf(row, building, ms),
    bar: null,
    isError: row.kind === "error" || hasFailed(row.payload),
  }
  switch (row.kind) {
    case "text_delta":
      addText(building, line)
      return
    case "turn_started":
      building.attempts += 1
      building.openCalls.clear()
      begin(building, ms, { kind: "model", label: "Model" })
      break
    case "tool_call":
      if (building.openCalls.size === 0) {
        begin(building, ms, { kind: "tool", label: textOf(row.payload, "name") })
      }
      line.bar = { kind: "tool", startMs: ms, endMs: ms }
      building.openCalls.set(textOf(row.payload, "id"), line)
      break
    case "tool_result":
      endCall(building, row, ms)
      break
    case "token_usage":
      building.usage = addUsage(building.usage, row)
      break
    case "error":
      close(building, ms)
      building.parts.push({ kind: "error", label: "Error", startMs: ms, endMs: ms })
      break
    case "final":
      close(building, ms)
      break
  }
  building.rows.push(line)
}

/** Deltas that follow each other are one line, before and after folding. */
function addText(building: Building, line: TimelineRow): void {
  const last = building.rows.at(-1)
  const isRun = last?.kind === "text_delta" && last.seq + 1 === line.firstSeq
  if (!isRun) {
    const startMs = building.doing?.kind === "model" ? building.sinceMs : line.offsetMs
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

function endCall(building: Building, row: JournalRow, ms: number): void {
  const id = textOf(row.payload, "id")
  const call = building.openCalls.get(id)
  const isError = hasFailed(row.payload)
  if (isError) building.hasFailedCall = true
  if (call?.bar != null)
    call.bar = { kind: isError ? "error" : "tool", startMs: call.bar.startMs, endMs: ms }
  building.openCalls.delete(id)
  if (building.openCalls.size === 0) begin(building, ms, { kind: "model", label: "Model" })
}

function begin(building: Building, ms: number, doing: NonNullable<Building["doing"]>): void {
  close(building, ms)
  building.doing = doing
}

function close(building: Building, ms: number): void {
  const { doing, sinceMs } = building
  building.sinceMs = ms
  building.doing = null
  if (doing === null || ms <= sinceMs) return
  const kind = doing.kind === "tool" && building.hasFailedCall ? "error" : doing.kind
  building.hasFailedCall = false
  building.parts.push({ kind, label: doing.label, startMs: sinceMs, endMs: ms })
}

function addUsage(usage: Timeline["usage"], { payload }: JournalRow): Timeline["usage"] {
  const plus = (known: number | null | undefined, field: string) => {
    const value = numberOf(payload, field)
    return known === null || value === null ? null : (known ?? 0) + value
  }
  return {
    inputTokens: plus(usage?.inputTokens, "input_tokens"),
    outputTokens: plus(usage?.outputTokens, "output_tokens"),
    costUsd: plus(usage?.costUsd, "cost_usd"),
  }
}

function summaryOf(row: JournalRow, building: Building, ms: number): string {
  const { payload } = row
  switch (row.kind) {
    case "message":
    case "nudge":
    case "text_delta":
      return cut(textOf(payload, "text"))
    case "status":
      return cut(textOf(payload, "message"))
    case "turn_started": {
      const waited = building.attempts === 0 ? `, waited ${Math.round(ms)} ms in the queue` : ""
      return `Attempt ${numberOf(payload, "attempt") ?? building.attempts + 1}${waited}`
    }
    case "tool_call":
      return cut(`${textOf(payload, "name")} ${textOf(payload, "args_summary")}`)
    case "tool_result":
      return cut(textOf(payload, "summary"))
    case "token_usage":
      return usageWords(row)
    case "final":
      return `${textOf(payload, "stop_reason")}, ${textOf(payload, "text").length.toLocaleString("en")} characters`
    case "error":
      return cut(`${textOf(payload, "code")}: ${textOf(payload, "message")}`)
    case "title":
      return cut(textOf(payload, "title"))
    default:
      return ""
  }
}

function usageWords({ payload }: JournalRow): string {
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

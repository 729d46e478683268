import { ignoreUnknown, hasFailed, type JournalRow, type LoosePayload } from "./journal-row.ts"

export type SegmentKind = "model" | "tool" | "wait" | "error"

export interface Segment {
  kind: SegmentKind
  ms: number
}

/** A turn drawn as real time, built from the journal alone. Unknown time is `wait`. Without gaps. */
export interface Trace {
  segments: readonly Segment[]
  /** The segment in progress since `sinceMs`; null before the start and after the end. */
  open: { kind: SegmentKind; sinceMs: number } | null
  /** The latest moment something was heard. */
  heardMs: number | null
  /** Rows of unknown time came since `heardMs`. */
  isBlind: boolean
  openCalls: readonly string[]
  hasFailedCall: boolean
}

export const emptyTrace: Trace = {
  segments: [],
  open: null,
  heardMs: null,
  isBlind: false,
  openCalls: [],
  hasFailedCall: false,
}

/** Adds a row of the turn to its trace; rows come in seq order. */
export function traceRow(trace: Trace, row: JournalRow): Trace {
  if (row.kind === "message") return trace
  if (row.atMs === null) return afterRow(trace, row, null)
  const nowMs = Math.max(row.atMs, trace.heardMs ?? row.atMs)
  return afterRow(heard(trace, row, nowMs), row, nowMs)
}

/** Unexplained time is drawn as waiting, not as work. */
function heard(trace: Trace, row: JournalRow, nowMs: number): Trace {
  const isSilent = row.kind === "turn_started" || (row.kind === "error" && isThinking(trace))
  if ((!trace.isBlind && !isSilent) || trace.open === null || trace.heardMs === null) {
    return { ...trace, isBlind: false, heardMs: nowMs }
  }
  const worked = addSegment(trace.segments, trace.open.kind, trace.heardMs - trace.open.sinceMs)
  return {
    ...trace,
    segments: addSegment(worked, "wait", nowMs - trace.heardMs),
    open: { kind: trace.open.kind, sinceMs: nowMs },
    heardMs: nowMs,
    isBlind: false,
  }
}

function afterRow(trace: Trace, row: JournalRow, nowMs: number | null): Trace {
  const at = nowMs ?? trace.heardMs
  const next = nowMs === null ? { ...trace, isBlind: true } : trace
  switch (row.kind) {
    case "turn_started":
      return {
        ...closeOpen(next, at),
        open: at === null ? null : { kind: "model", sinceMs: at },
        openCalls: [],
        hasFailedCall: false,
      }
    case "tool_call":
      return afterCall(next, String(row.payload.id), at)
    case "tool_result":
      return afterResult(next, row.payload, at)
    case "final":
      return { ...closeOpen(next, at), open: null, openCalls: [] }
    case "error":
      return afterError(next, at)
    case "message":
    case "nudge":
    case "text_delta":
    case "status":
    case "token_usage":
    case "done":
    case "title":
      return next
    default:
      return ignoreUnknown(row, next)
  }
}

function afterCall(trace: Trace, id: string, at: number | null): Trace {
  const openCalls = [...trace.openCalls, id]
  if (trace.openCalls.length > 0 || at === null) return { ...trace, openCalls }
  return { ...closeOpen(trace, at), open: { kind: "tool", sinceMs: at }, openCalls }
}

function afterResult(trace: Trace, result: LoosePayload<"tool_result">, at: number | null): Trace {
  const openCalls = trace.openCalls.filter((open) => open !== String(result.id))
  const hasFailedCall = trace.hasFailedCall || hasFailed(result)
  if (openCalls.length > 0 || at === null) return { ...trace, openCalls, hasFailedCall }
  const closed = closeOpen({ ...trace, hasFailedCall }, at)
  return { ...closed, open: { kind: "model", sinceMs: at }, openCalls, hasFailedCall: false }
}

function afterError(trace: Trace, at: number | null): Trace {
  const closed = closeOpen(trace, at)
  // A failure is always visible: it is the last segment even when it took no time.
  return { ...closed, segments: addSegment(closed.segments, "error", 0), open: null, openCalls: [] }
}

function closeOpen(trace: Trace, at: number | null): Trace {
  if (trace.open === null || at === null) return trace
  const kind = trace.open.kind === "tool" && trace.hasFailedCall ? "error" : trace.open.kind
  return { ...trace, segments: addSegment(trace.segments, kind, at - trace.open.sinceMs) }
}

function addSegment(segments: readonly Segment[], kind: SegmentKind, ms: number) {
  if (ms <= 0 && kind !== "error") return segments
  const last = segments.at(-1)
  if (last?.kind !== kind || kind === "tool") return [...segments, { kind, ms }]
  return [...segments.slice(0, -1), { kind, ms: last.ms + ms }]
}

function isThinking(trace: Trace): boolean {
  return trace.open?.kind === "model"
}

/** The segments as of now, including the one in progress. */
export function segmentsNow(trace: Trace, nowMs: number): readonly Segment[] {
  if (trace.open === null) return trace.segments
  return addSegment(trace.segments, trace.open.kind, nowMs - trace.open.sinceMs)
}

export function totalMs(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.ms, 0)
}

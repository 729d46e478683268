import type { AttachmentRef, StopReason } from "#lib/protocol/events.ts"

import {
  ignoreUnknown,
  attachmentsOf,
  hasFailed,
  isRecord,
  numberOf,
  textOf,
  type JournalRow,
  type LoosePayload,
  type RowOf,
} from "./journal-row.ts"
import { emptyTrace, traceRow, type Trace } from "./trace.ts"
import { addUsage, usageOf, type Usage } from "./usage.ts"

/** A turn as it is shown. */
export interface TurnView {
  id: string
  /** Null while the page of history that holds it is not loaded. */
  message: OwnMessage | null
  phase: "queued" | "running" | "ended"
  blocks: readonly Block[]
  /** The latest `status`, until text or a tool follows. */
  caption: string | null
  /** Of the model calls of every attempt. */
  usage: Usage | null
  ending: Ending | null
  trace: Trace
}

export interface OwnMessage {
  seq: number
  messageId: string
  text: string
  attachments: readonly AttachmentRef[]
  authorName: string
  idempotencyKey: string | null
  atMs: number | null
}

export type Block =
  | { kind: "text"; seq: number; text: string }
  | { kind: "steps"; seq: number; steps: readonly Step[] }
  | { kind: "nudge"; seq: number; text: string; authorName: string }

export interface Step {
  callId: string
  name: string
  intent: string
  args: unknown
  state: "running" | "done" | "failed" | "stopped"
  summary: string
  result: unknown
  startedMs: number | null
  endedMs: number | null
}

export type Ending =
  | { kind: "final"; stopReason: StopReason; durationMs: number; text: string; sha256: string }
  | { kind: "error"; message: string; recoverable: boolean; code: string }

export function emptyTurn(id: string): TurnView {
  return {
    id,
    message: null,
    phase: "queued",
    blocks: [],
    caption: null,
    usage: null,
    ending: null,
    trace: emptyTrace,
  }
}

/** Adds one row to a turn. Rows come in seq order, those a `turn_started` drops already taken out. */
export function addRow(view: TurnView, row: JournalRow): TurnView {
  const next = applyRow(view, row)
  return next === view ? view : { ...next, trace: traceRow(view.trace, row) }
}

function applyRow(view: TurnView, row: JournalRow): TurnView {
  switch (row.kind) {
    case "message":
      return { ...view, message: ownMessage(row) }
    case "turn_started":
      return { ...view, phase: "running", caption: null }
    case "text_delta":
      return { ...running(view), blocks: appendText(view.blocks, row), caption: null }
    case "tool_call":
      return { ...running(view), blocks: appendStep(view.blocks, row), caption: null }
    case "tool_result":
      return { ...running(view), blocks: finishStep(view.blocks, row) }
    case "status":
      return { ...running(view), caption: textOf(row.payload, "message") }
    case "nudge":
      return { ...view, blocks: [...view.blocks, nudgeBlock(row)] }
    case "token_usage":
      return { ...view, usage: addUsage(view.usage, usageOf(row.payload)) }
    case "final":
    case "error":
      return { ...view, phase: "ended", caption: null, ending: endingOf(row) }
    case "done":
      return { ...view, phase: "ended", caption: null }
    case "title":
      return view
    default:
      return ignoreUnknown(row, view)
  }
}

function running(view: TurnView): TurnView {
  return view.phase === "queued" ? { ...view, phase: "running" } : view
}

function appendText(blocks: readonly Block[], row: RowOf<"text_delta">): readonly Block[] {
  const text = textOf(row.payload, "text")
  const last = blocks.at(-1)
  if (last?.kind !== "text") return [...blocks, { kind: "text", seq: row.firstSeq, text }]
  return [...blocks.slice(0, -1), { ...last, text: last.text + text }]
}

function appendStep(blocks: readonly Block[], row: RowOf<"tool_call">): readonly Block[] {
  const { payload } = row
  const step: Step = {
    callId: textOf(payload, "id"),
    name: textOf(payload, "name"),
    intent: textOf(payload, "args_summary"),
    args: payload.args,
    state: "running",
    summary: "",
    result: undefined,
    startedMs: row.atMs,
    endedMs: null,
  }
  const last = blocks.at(-1)
  if (last?.kind !== "steps") return [...blocks, { kind: "steps", seq: row.seq, steps: [step] }]
  return [...blocks.slice(0, -1), { ...last, steps: [...last.steps, step] }]
}

function finishStep(blocks: readonly Block[], row: RowOf<"tool_result">): readonly Block[] {
  const callId = textOf(row.payload, "id")
  return blocks.map((block) => {
    if (block.kind !== "steps") return block
    const isOpen = (step: Step) => step.callId === callId && step.state === "running"
    if (!block.steps.some(isOpen)) return block
    return { ...block, steps: block.steps.map((step) => (isOpen(step) ? ended(step, row) : step)) }
  })
}

function ended(step: Step, row: RowOf<"tool_result">): Step {
  return {
    ...step,
    state: endStateOf(row.payload),
    summary: textOf(row.payload, "summary"),
    result: row.payload.result,
    endedMs: row.atMs,
  }
}

function endStateOf(payload: LoosePayload<"tool_result">): Step["state"] {
  if (payload.is_error !== true) return "done"
  return hasFailed(payload) ? "failed" : "stopped"
}

function ownMessage(row: RowOf<"message">): OwnMessage {
  const { payload } = row
  const key = payload.idempotency_key
  return {
    seq: row.seq,
    messageId: textOf(payload, "message_id"),
    text: textOf(payload, "text"),
    attachments: attachmentsOf(payload),
    authorName: authorName(payload),
    idempotencyKey: typeof key === "string" ? key : null,
    atMs: row.atMs,
  }
}

function nudgeBlock(row: RowOf<"nudge">): Block {
  const { payload, seq } = row
  return { kind: "nudge", seq, text: textOf(payload, "text"), authorName: authorName(payload) }
}

function endingOf(row: RowOf<"final"> | RowOf<"error">): Ending {
  if (row.kind === "error") {
    const { payload } = row
    return {
      kind: "error",
      message: textOf(payload, "message"),
      recoverable: payload.recoverable === true,
      code: textOf(payload, "code"),
    }
  }
  const { payload } = row
  return {
    kind: "final",
    stopReason: stopReason(payload.stop_reason),
    durationMs: numberOf(payload, "duration_ms") ?? 0,
    text: textOf(payload, "text"),
    sha256: textOf(payload, "text_sha256"),
  }
}

function stopReason(value: unknown): StopReason {
  switch (value) {
    case "interrupted":
    case "length":
    case "steps":
    case "withdrawn":
      return value
    default:
      return "end"
  }
}

function authorName({ author }: LoosePayload<"message" | "nudge">): string {
  return isRecord(author) ? textOf(author, "name") : ""
}

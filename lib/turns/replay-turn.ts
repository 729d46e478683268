import type { StoredRow } from "#db/queries/journal.ts"
import type { HistoryMessage, HistoryToolCall, HistoryToolResult } from "#lib/models/step.ts"
import type { AttachmentRef, EventPayload } from "#lib/protocol/events.ts"

/** Token usage as journaled: one per finished model call, dropped attempts included. */
export type Usage = Omit<EventPayload<"token_usage">, "turn_id">

/** A tool call that has been committed and has no result. */
export interface OpenCall extends HistoryToolCall {
  scope: "read" | "write"
}

/** A message whose attachments still have to be given a way to load. */
export type ReplayedMessage =
  | { role: "user"; text: string; attachments: readonly AttachmentRef[] }
  | Exclude<HistoryMessage, { role: "user" }>

/** What the journal says about one turn: the model's view of it, and where a new attempt goes on. */
export interface ReplayedTurn {
  messages: ReplayedMessage[]
  /** `turn_source` of its message. */
  turnSource: string
  /** Deltas that no `turn_started` dropped. */
  keptText: string
  /** The end of the last finished model call and the results it has so far, or the message. */
  keepSeq: number
  /** Calls that have no result. */
  openCalls: OpenCall[]
  /** Kept model calls. */
  steps: number
  /** The newest nudge that the last finished model call had before it. */
  nudgesReadSeq: number
  /** The newest nudge there is. */
  nudgeSeq: number
  /** How the last finished model call ended; `tools` when it is not the last word. */
  lastReason: StepFinish["reason"] | null
  usage: Usage[]
}

/** What the journal keeps of a finished model call beside its usage. */
export interface StepFinish {
  reason: "end" | "length" | "tools"
  nudgesReadSeq: number
  providerMetadata?: unknown
}

interface Step {
  text: string
  toolCalls: OpenCall[]
  results: HistoryToolResult[]
  nudges: string[]
  /** Set once its model call has finished. */
  finish: StepFinish | null
}

/**
 * Replays the rows of one turn, in order.
 * @param options `onlyFinished` leaves out what came after the last finished model call (recovery);
 *   without it an interrupted answer counts as said (history of later turns)
 */
export function replayTurn(
  rows: readonly StoredRow[],
  options: { onlyFinished: boolean },
): ReplayedTurn {
  const kept = dropAttempts(rows)
  const keepSeq = options.onlyFinished ? endOfFinishedCall(kept) : Infinity
  const used = kept.filter((row) => row.seq <= keepSeq || row.kind === "nudge")
  const message = used.find((row) => row.kind === "message")
  const steps = toSteps(used)
  const messages: ReplayedMessage[] = []
  let turnSource = "web"
  if (message !== undefined) {
    const { text, attachments, turn_source } = payloadOf<EventPayload<"message">>(message)
    messages.push({ role: "user", text, attachments })
    turnSource = turn_source
  }
  for (const step of steps) messages.push(...messagesOf(step))
  const finished = steps.filter((step) => step.finish !== null)
  const last = finished.at(-1)
  return {
    messages,
    turnSource,
    keptText: steps.map((step) => step.text).join(""),
    keepSeq: Number.isFinite(keepSeq) ? keepSeq : (kept.at(-1)?.seq ?? 0),
    openCalls: steps.flatMap(openCallsOf),
    steps: finished.length,
    nudgesReadSeq: last?.finish?.nudgesReadSeq ?? 0,
    nudgeSeq: kept.findLast((row) => row.kind === "nudge")?.seq ?? 0,
    lastReason: last?.finish?.reason ?? null,
    usage: rows.filter((row) => row.kind === "token_usage").map(usageOf),
  }
}

/** Applies each `turn_started`: what its attempt dropped is gone. */
function dropAttempts(rows: readonly StoredRow[]): StoredRow[] {
  let kept: StoredRow[] = []
  for (const row of rows) {
    if (row.kind === "turn_started") {
      const { keep_seq } = payloadOf<EventPayload<"turn_started">>(row)
      kept = kept.filter((earlier) => earlier.seq <= keep_seq || earlier.kind === "nudge")
    }
    kept.push(row)
  }
  return kept
}

/** A model call is finished with its `token_usage`; its tools' results come right after. */
function endOfFinishedCall(rows: readonly StoredRow[]): number {
  let end = 0
  let isFinished = false
  for (const row of rows) {
    if (row.kind === "message") end = row.seq
    else if (row.kind === "token_usage") isFinished = true
    else if (row.kind === "text_delta" || row.kind === "tool_call") isFinished = false
    if (isFinished && row.kind !== "nudge") end = row.seq
  }
  return end
}

function toSteps(rows: readonly StoredRow[]): Step[] {
  const steps: Step[] = []
  const begin = (): Step => {
    const step: Step = { text: "", toolCalls: [], results: [], nudges: [], finish: null }
    steps.push(step)
    return step
  }
  // Text and calls after a finished model call, or after its results, belong to the next one.
  const open = (): Step => {
    const last = steps.at(-1)
    return last === undefined || last.finish !== null || last.results.length > 0 ? begin() : last
  }
  for (const row of rows) {
    if (row.kind === "text_delta") open().text += payloadOf<{ text: string }>(row).text
    else if (row.kind === "tool_call") open().toolCalls.push(callOf(row))
    else if (row.kind === "nudge") {
      const { text } = payloadOf<EventPayload<"nudge">>(row)
      ;(steps.at(-1) ?? begin()).nudges.push(text)
    } else if (row.kind === "token_usage") {
      open().finish = { reason: "end", nudgesReadSeq: 0, ...detailOf<StepFinish>(row) }
    } else if (row.kind === "tool_result") {
      const step = steps.at(-1)
      step?.results.push(resultOf(row, step.toolCalls))
    }
  }
  return steps
}

function messagesOf(step: Step): ReplayedMessage[] {
  const messages: ReplayedMessage[] = []
  if (step.text !== "" || step.toolCalls.length > 0) {
    messages.push({
      role: "assistant",
      text: step.text.trimStart(),
      toolCalls: step.toolCalls.map(({ id, name, args }) => ({ id, name, args })),
      ...(step.finish?.providerMetadata === undefined
        ? {}
        : { providerMetadata: step.finish.providerMetadata }),
    })
  }
  if (step.results.length > 0) messages.push({ role: "tool", results: step.results })
  for (const text of step.nudges) messages.push({ role: "user", text, attachments: [] })
  return messages
}

function openCallsOf(step: Step): OpenCall[] {
  const answered = new Set(step.results.map((result) => result.id))
  return step.toolCalls.filter((call) => !answered.has(call.id))
}

function callOf(row: StoredRow): OpenCall {
  const { id, name, scope } = payloadOf<EventPayload<"tool_call">>(row)
  return { id, name, scope, args: detailOf<{ args?: unknown }>(row).args ?? {} }
}

function resultOf(row: StoredRow, calls: readonly OpenCall[]): HistoryToolResult {
  const { id, is_error, summary } = payloadOf<EventPayload<"tool_result">>(row)
  return {
    id,
    name: calls.find((call) => call.id === id)?.name ?? "unknown",
    isError: is_error,
    result: detailOf<{ result?: unknown }>(row).result ?? summary,
  }
}

function usageOf(row: StoredRow): Usage {
  const { turn_id: _turn, ...usage } = payloadOf<EventPayload<"token_usage">>(row)
  return usage
}

/** Our own rows: their shape is what we wrote. */
function payloadOf<T>(row: StoredRow): T {
  const payload: T = JSON.parse(row.payload)
  return payload
}

function detailOf<T extends object>(row: StoredRow): Partial<T> {
  if (row.detail === null) return {}
  const detail: Partial<T> = JSON.parse(row.detail)
  return detail
}

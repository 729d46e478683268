import type { EventPayload } from "#lib/protocol/events.ts"

import {
  ignoreUnknown,
  numberOf,
  rowFromStored,
  textOf,
  type JournalRow,
  type Payload,
  type RowOf,
} from "./journal-row.ts"

/** A row with its server-only detail: arguments, results, how a model call finished. */
type DetailedRow = JournalRow & { detail: Payload | null }

/** Reads a row of the database that was read with its detail (JSON text). */
export function detailedRowFromStored(
  row: Parameters<typeof rowFromStored>[0] & { detail: string | null },
): DetailedRow {
  const detail: Payload | null = row.detail === null ? null : JSON.parse(row.detail)
  return { ...rowFromStored(row), detail }
}

export interface JournaledToolCall {
  id: string
  name: string
  args: unknown
  scope: EventPayload<"tool_call">["scope"]
}

interface JournaledToolResult {
  id: string
  name: string
  isError: boolean
  result: unknown
}

/** The journal's record of a finished model call, in addition to its usage. */
export interface CallFinish {
  reason: "end" | "length" | "tools"
  /** The newest nudge that the call had before it. */
  nudgesReadSeq: number
  providerMetadata?: unknown
}

/** One model call of a turn, with the results of its tools and the nudges that came during it. */
export interface ModelCall {
  text: string
  toolCalls: JournaledToolCall[]
  results: JournaledToolResult[]
  nudges: string[]
  /** Null until the call has finished. */
  finish: CallFinish | null
}

/** The model calls of a turn, one after the other. @param rows kept ones, in order */
export function modelCallsOf(rows: readonly DetailedRow[]): ModelCall[] {
  const calls: ModelCall[] = []
  for (const row of rows) addRow(calls, row)
  return calls
}

/** The seq of the last finished model call and the results it has so far, or of the message. */
export function endOfFinishedCall(rows: readonly JournalRow[]): number {
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

function addRow(calls: ModelCall[], row: DetailedRow): void {
  switch (row.kind) {
    case "text_delta":
      openCall(calls).text += textOf(row.payload, "text")
      return
    case "tool_call":
      openCall(calls).toolCalls.push(toolCallOf(row))
      return
    case "tool_result": {
      const call = calls.at(-1)
      call?.results.push(resultOf(row, call.toolCalls))
      return
    }
    case "nudge":
      ;(calls.at(-1) ?? begin(calls)).nudges.push(textOf(row.payload, "text"))
      return
    case "token_usage":
      openCall(calls).finish = finishOf(row.detail ?? {})
      return
    case "message":
    case "turn_started":
    case "status":
    case "final":
    case "error":
    case "done":
    case "title":
      return
    default:
      ignoreUnknown(row, undefined)
  }
}

/** Text and calls after a finished model call, or after its results, belong to the next one. */
function openCall(calls: ModelCall[]): ModelCall {
  const last = calls.at(-1)
  const isOver = last === undefined || last.finish !== null || last.results.length > 0
  return isOver ? begin(calls) : last
}

function begin(calls: ModelCall[]): ModelCall {
  const call: ModelCall = { text: "", toolCalls: [], results: [], nudges: [], finish: null }
  calls.push(call)
  return call
}

function finishOf(detail: Payload): CallFinish {
  const { reason, providerMetadata } = detail
  return {
    reason: reason === "length" || reason === "tools" ? reason : "end",
    nudgesReadSeq: numberOf(detail, "nudgesReadSeq") ?? 0,
    ...(providerMetadata === undefined ? {} : { providerMetadata }),
  }
}

function toolCallOf({
  payload,
  detail,
}: RowOf<"tool_call"> & { detail: Payload | null }): JournaledToolCall {
  return {
    id: textOf(payload, "id"),
    name: textOf(payload, "name"),
    scope: payload.scope === "read" ? "read" : "write",
    args: detail?.["args"] ?? {},
  }
}

function resultOf(
  { payload, detail }: RowOf<"tool_result"> & { detail: Payload | null },
  calls: readonly JournaledToolCall[],
): JournaledToolResult {
  const id = textOf(payload, "id")
  return {
    id,
    name: calls.find((call) => call.id === id)?.name ?? "unknown",
    isError: payload.is_error === true,
    result: detail?.["result"] ?? payload.summary,
  }
}

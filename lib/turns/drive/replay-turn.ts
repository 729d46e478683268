import type { StoredRow } from "#db/queries/journal.ts"
import type { HistoryMessage } from "#lib/models/step.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import { attachmentsOf, textOf, type RowOf } from "#lib/transcript/journal-row.ts"
import { keptRows } from "#lib/transcript/kept-rows.ts"
import {
  detailedRowFromStored,
  endOfFinishedCall,
  modelCallsOf,
  type CallFinish,
  type ModelCall,
  type JournaledToolCall,
} from "#lib/transcript/model-calls.ts"

import { cleanUsage, type JournaledUsage } from "./usage-numbers.ts"

/** A message whose attachments still have to be given a way to load. */
export type ReplayedMessage =
  | { role: "user"; text: string; attachments: readonly AttachmentRef[] }
  | Exclude<HistoryMessage, { role: "user" }>

/**
 * One turn rebuilt from the journal: the model's messages, and the resume position of a new
 * attempt.
 */
export interface ReplayedTurn {
  messages: ReplayedMessage[]
  /** `turn_source` of its message. */
  turnSource: string
  /** Deltas that no `turn_started` dropped. */
  keptText: string
  /** The end of the last finished model call and the results it has so far, or the message. */
  keepSeq: number
  /** Calls that have been committed and have no result. */
  openCalls: JournaledToolCall[]
  /** Kept model calls. */
  steps: number
  /** The newest nudge that the last finished model call had before it. */
  nudgesReadSeq: number
  /** The newest nudge there is. */
  nudgeSeq: number
  /** How the last finished model call ended; `tools` when it is not the last word. */
  lastReason: CallFinish["reason"] | null
  /** Of each finished model call, dropped attempts included. */
  usage: JournaledUsage[]
}

/**
 * Replays the rows of one turn, in order.
 * @param options `onlyFinished` drops events after the last finished model call (recovery); without
 *   it a partial answer is kept (history of later turns)
 */
export function replayTurn(
  stored: readonly StoredRow[],
  options: { onlyFinished: boolean },
): ReplayedTurn {
  const rows = stored.map(detailedRowFromStored)
  const kept = keptRows(rows)
  const keepSeq = options.onlyFinished ? endOfFinishedCall(kept) : Infinity
  const used = kept.filter((row) => row.seq <= keepSeq || row.kind === "nudge")
  const message = used.find((row) => row.kind === "message")
  const calls = modelCallsOf(used)
  const finished = calls.filter((call) => call.finish !== null)
  const last = finished.at(-1)
  return {
    messages: [
      ...(message === undefined ? [] : [ownMessage(message)]),
      ...calls.flatMap(messagesOf),
    ],
    turnSource: message === undefined ? "web" : textOf(message.payload, "turn_source"),
    keptText: calls.map((call) => call.text).join(""),
    keepSeq: Number.isFinite(keepSeq) ? keepSeq : (kept.at(-1)?.seq ?? 0),
    openCalls: calls.flatMap(openCallsOf),
    steps: finished.length,
    nudgesReadSeq: last?.finish?.nudgesReadSeq ?? 0,
    nudgeSeq: kept.findLast((row) => row.kind === "nudge")?.seq ?? 0,
    lastReason: last?.finish?.reason ?? null,
    usage: rows.flatMap((row) => (row.kind === "token_usage" ? [cleanUsage(row.payload)] : [])),
  }
}

function ownMessage({ payload }: RowOf<"message">): ReplayedMessage {
  return { role: "user", text: textOf(payload, "text"), attachments: attachmentsOf(payload) }
}

function messagesOf(call: ModelCall): ReplayedMessage[] {
  const messages: ReplayedMessage[] = []
  if (call.text !== "" || call.toolCalls.length > 0) {
    messages.push({
      role: "assistant",
      text: call.text.trimStart(),
      toolCalls: call.toolCalls.map(({ id, name, args }) => ({ id, name, args })),
      ...(call.finish?.providerMetadata === undefined
        ? {}
        : { providerMetadata: call.finish.providerMetadata }),
    })
  }
  if (call.results.length > 0) messages.push({ role: "tool", results: call.results })
  for (const text of call.nudges) messages.push({ role: "user", text, attachments: [] })
  return messages
}

function openCallsOf(call: ModelCall): JournaledToolCall[] {
  const answered = new Set(call.results.map((result) => result.id))
  return call.toolCalls.filter(({ id }) => !answered.has(id))
}

import type { Database } from "#db/client.ts"
import { listRows, type StoredRow } from "#db/queries/journal.ts"
import { findAttachmentBytes, listEarlierTurns } from "#db/queries/turn-context.ts"
import type { HistoryAttachment, HistoryMessage } from "#lib/models/step.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"

import { replayTurn, type ReplayedMessage } from "./replay-turn.ts"

const earlierTurnsMax = 200
const rowsPerRead = 1_000
/** Rows read at most: a guard against a history of tiny unfolded rows. */
const rowsMax = 20_000
/** Tool results beyond this are shortened first, oldest first. */
const shortenedCharacters = 1_000
const charactersPerToken = 4

interface Position {
  tenantId: string
  conversationId: string
  messageSeq: number
}

export interface LoadedHistory {
  messages: HistoryMessage[]
  /** Said to people when something had to be left out. */
  notice: string | null
}

/**
 * The conversation before a turn, in the order of turns, within a budget: the oldest tool results
 * are shortened first, then whole turns are left out. Messages queued later are not in it.
 * @param budgetTokens estimated at four characters each
 */
export async function loadHistory(
  db: Database,
  turn: Position,
  budgetTokens: number,
): Promise<LoadedHistory> {
  const earlier = await listEarlierTurns(db, turn, earlierTurnsMax)
  const said = earlier.filter((entry) => entry.outcome !== "withdrawn")
  const first = said[0]
  if (first === undefined) return { messages: [], notice: null }
  const rows = await readBack(db, turn, first.messageSeq, budgetTokens * charactersPerToken)
  const byTurn = Map.groupBy(rows, (row) => row.turn_id ?? "")
  const histories = said.map((entry) => {
    const own = byTurn.get(entry.id)
    return own?.[0]?.kind === "message" ? replayTurn(own, { onlyFinished: false }).messages : null
  })
  return fitBudget(histories, budgetTokens, (message) => withLoader(db, turn.tenantId, message))
}

/** Gives the attachments of replayed messages a way to their bytes. */
export function withLoader(
  db: Database,
  tenantId: string,
  message: ReplayedMessage,
): HistoryMessage {
  if (message.role !== "user") return message
  return {
    ...message,
    attachments: message.attachments.map((ref) => toHistoryAttachment(db, tenantId, ref)),
  }
}

function toHistoryAttachment(
  db: Database,
  tenantId: string,
  ref: AttachmentRef,
): HistoryAttachment {
  return {
    attachmentId: ref.attachment_id,
    filename: ref.filename,
    contentType: ref.content_type,
    sizeBytes: ref.size_bytes,
    load: async () => {
      const bytes = await findAttachmentBytes(db, tenantId, ref.attachment_id)
      if (bytes === null) throw new Error(`The file ${ref.filename} is gone.`)
      return bytes
    },
  }
}

/** Reads rows newest first until the budget is surely used up; they come back oldest first. */
async function readBack(
  db: Database,
  turn: Position,
  oldestSeq: number,
  charactersMax: number,
): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  let characters = 0
  let beforeSeq: number | undefined
  while (rows.length < rowsMax && characters < charactersMax * 2) {
    const page = await listRows(db, {
      tenantId: turn.tenantId,
      conversationId: turn.conversationId,
      sinceSeq: oldestSeq - 1,
      ...(beforeSeq === undefined ? {} : { beforeSeq }),
      descending: true,
      withDetail: true,
      rowsMax: rowsPerRead,
    })
    for (const row of page) characters += row.payload.length + (row.detail?.length ?? 0)
    rows.push(...page)
    beforeSeq = page.at(-1)?.first_seq
    if (page.length === 0) break
  }
  return rows.toReversed()
}

function fitBudget(
  histories: readonly (ReplayedMessage[] | null)[],
  budgetTokens: number,
  load: (message: ReplayedMessage) => HistoryMessage,
): LoadedHistory {
  let left = budgetTokens * charactersPerToken
  const chosen: ReplayedMessage[][] = []
  let index = histories.length - 1
  let hasShortened = false
  for (; index >= 0; index -= 1) {
    const whole = histories[index]
    if (whole === null || whole === undefined) break
    // The newest half of the budget keeps its tool results whole.
    const isOld = left < (budgetTokens * charactersPerToken) / 2
    const messages = isOld ? whole.map(shortenResults) : whole
    hasShortened ||= messages.some((message, place) => message !== whole[place])
    const size = messages.reduce((sum, message) => sum + sizeOf(message), 0)
    if (size > left) break
    left -= size
    chosen.unshift(messages)
  }
  const leftOut = index + 1
  const notice =
    leftOut > 0
      ? `The ${leftOut === 1 ? "oldest message does" : `oldest ${leftOut} messages do`} not fit the model any more and ${leftOut === 1 ? "was" : "were"} left out.`
      : hasShortened
        ? "Older tool results were shortened to fit the model."
        : null
  return { messages: chosen.flat().map(load), notice }
}

function shortenResults(message: ReplayedMessage): ReplayedMessage {
  if (message.role !== "tool") return message
  const results = message.results.map((entry) => {
    const json = JSON.stringify(entry.result) ?? ""
    if (json.length <= shortenedCharacters) return entry
    return {
      ...entry,
      result: `${json.slice(0, shortenedCharacters).toWellFormed()} … (shortened)`,
    }
  })
  const hasChanged = results.some((entry, index) => entry !== message.results[index])
  return hasChanged ? { ...message, results } : message
}

function sizeOf(message: ReplayedMessage): number {
  switch (message.role) {
    case "user":
      return message.text.length + message.attachments.length * 1_000
    case "assistant":
      return message.text.length + JSON.stringify(message.toolCalls).length
    case "tool":
      return JSON.stringify(message.results).length
  }
}

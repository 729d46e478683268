import type { StoredRow } from "#db/queries/journal.ts"
import type { AttachmentRef } from "#lib/protocol/events.ts"
import { isBlank } from "#lib/protocol/texts.ts"
import { replayTurn, type ReplayedMessage } from "#lib/turns/drive/replay-turn.ts"

/** Tool results beyond this are shortened first, oldest first. */
const shortenedCharacters = 1_000
/** Estimated overhead of an attachment in a request, in addition to its text. */
const attachmentCharacters = 1_000

/** A turn that has ended. */
interface EarlierTurn {
  id: string
  outcome: string | null
}

/** The messages of each turn, in order; null for a turn whose rows were not all read. */
export type TurnHistories = readonly (readonly ReplayedMessage[] | null)[]

export interface FittedHistory {
  messages: ReplayedMessage[]
  /** Estimated size in a request, without the text of attachments. */
  characters: number
  /** Said to people when something had to be left out. */
  notice: string | null
}

/** Groups the rows of a conversation by turn; withdrawn turns are left out. */
export function toHistories(
  turns: readonly EarlierTurn[],
  rows: readonly StoredRow[],
): TurnHistories {
  const byTurn = Map.groupBy(rows, (row) => row.turnId ?? "")
  return turns
    .filter((turn) => turn.outcome !== "withdrawn")
    .map((turn) => {
      const own = byTurn.get(turn.id)
      if (own?.[0]?.kind !== "message") return null
      return withEnding(replayTurn(own, { onlyFinished: false }).messages, turn.outcome)
    })
}

/** A turn whose last word is not the model's gets one that says so: models expect an answer each. */
function withEnding(
  messages: readonly ReplayedMessage[],
  outcome: string | null,
): ReplayedMessage[] {
  const last = messages.at(-1)
  const isAnswered =
    last?.role === "assistant" && last.toolCalls.length === 0 && !isBlank(last.text)
  if (isAnswered) return [...messages]
  const text =
    outcome === "interrupted"
      ? "(No answer: the person stopped it.)"
      : outcome === "error"
        ? "(No answer: something failed.)"
        : "(No answer.)"
  return [...messages, { role: "assistant", text, toolCalls: [], isNote: true }]
}

/**
 * The newest turns that fit: the oldest tool results are shortened first, then whole turns are left
 * out.
 */
export function fitHistory(histories: TurnHistories, charactersMax: number): FittedHistory {
  let left = charactersMax
  const chosen: ReplayedMessage[][] = []
  let index = histories.length - 1
  let hasShortened = false
  for (; index >= 0; index -= 1) {
    const whole = histories[index]
    if (whole === null || whole === undefined) break
    // The newest half keeps its tool results whole, where they fit.
    const isOld = left < charactersMax / 2
    const messages = isOld || charactersOf(whole) > left ? whole.map(shortenResults) : whole.slice()
    const size = charactersOf(messages)
    if (size > left) break
    hasShortened ||= messages.some((message, place) => message !== whole[place])
    left -= size
    chosen.unshift(messages)
  }
  return {
    messages: chosen.flat(),
    characters: charactersMax - left,
    notice: noticeOf(index + 1, hasShortened),
  }
}

function noticeOf(leftOut: number, hasShortened: boolean): string | null {
  if (leftOut === 1) return "The oldest message does not fit the model any more and was left out."
  if (leftOut > 1) {
    return `The oldest ${leftOut} messages do not fit the model any more and were left out.`
  }
  return hasShortened ? "Older tool results were shortened to fit the model." : null
}

export function shortenResults(message: ReplayedMessage): ReplayedMessage {
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

export function charactersOf(messages: readonly ReplayedMessage[]): number {
  return messages.reduce((sum, message) => sum + sizeOf(message), 0)
}

function sizeOf(message: ReplayedMessage): number {
  switch (message.role) {
    case "user":
      return message.text.length + message.attachments.length * attachmentCharacters
    case "assistant":
      return message.text.length + JSON.stringify(message.toolCalls).length
    case "tool":
      return JSON.stringify(message.results).length
  }
}

/** The files of messages, the newest message first: the order in which their text is served. */
export function attachmentsOf(messages: readonly ReplayedMessage[]): AttachmentRef[] {
  return messages
    .toReversed()
    .flatMap((message) => (message.role === "user" ? message.attachments : []))
}

import { expect, test } from "vitest"

import { ApiError } from "#lib/client/api/api.ts"
import type { SessionState } from "#lib/client/stream/conversation-session.ts"
import { readTimes, withTimes } from "#lib/client/stream/read-times.ts"
import { toJournalRow, type JournalRow } from "#lib/transcript/journal-row.ts"
import {
  changeTurn,
  emptyConversation,
  reduceEvents,
  type ConversationState,
} from "#lib/transcript/reduce-events.ts"

const row = (seq: number, atMs: number | null, firstSeq = seq): JournalRow =>
  toJournalRow({
    seq,
    firstSeq,
    kind: seq === 1 ? "message" : "text_delta",
    payload: { turn_id: "t", message_id: "m", text: `${seq} ` },
    atMs,
  })

const stateOf = (conversation: ConversationState): SessionState => ({
  conversation,
  connection: "live",
  closedStatus: null,
  older: "idle",
})

test("times come from any row that covers an event; known or newer ones stay", () => {
  const rows = [row(1, 10), row(2, null), row(3, null), row(5, null), row(6, 60), row(7, null)]
  const known = [row(1, 11), row(3, 30, 2), row(4, 40), row(5, 50), row(6, 66)]
  expect(withTimes(rows, known)).toEqual([
    row(1, 10),
    row(2, 30),
    row(3, 30),
    row(5, 50),
    row(6, 60),
    row(7, null),
  ])
})

test("only turns with an unknown time are requested, and events received meanwhile are kept", async () => {
  let conversation = reduceEvents(emptyConversation(), [row(1, 10), row(2, null)])
  const asked: string[] = []
  const session = {
    getState: () => stateOf(conversation),
    changeTurn(id: string, change: (rows: readonly JournalRow[]) => readonly JournalRow[]) {
      conversation = changeTurn(conversation, id, change)
    },
  }
  const readTurn = async (_conversation: string, turnId: string) => {
    asked.push(turnId)
    conversation = reduceEvents(conversation, [row(3, 30)])
    return [row(1, 10), row(2, 20)]
  }
  await readTimes("c", session, readTurn)
  await readTimes("c", session, readTurn)
  expect(asked).toEqual(["t"])
  expect(conversation.turns[0]?.rows).toEqual([row(1, 10), row(2, 20), row(3, 30)])
})

test("an unreachable server changes nothing", async () => {
  const conversation = reduceEvents(emptyConversation(), [row(1, null)])
  const session = {
    getState: () => stateOf(conversation),
    changeTurn: () => expect.unreachable(),
  }
  await readTimes("c", session, async () => {
    throw new ApiError("The server cannot be reached.", { status: 0, code: "unreachable" })
  })
})

import { createHash } from "node:crypto"

import { expect, test } from "vitest"

import { ApiError } from "#lib/client/api/api.ts"
import { createSelfCheck, shownText } from "#lib/client/stream/self-check.ts"
import { toJournalRow, type JournalRow } from "#lib/transcript/journal-row.ts"
import { emptyConversation, reduceEvents, changeTurn } from "#lib/transcript/reduce-events.ts"

const whole = ["Grüße, ", "**", "world** 🌍"]

function rowsOf(texts: readonly string[]): JournalRow[] {
  const payloads = [
    { kind: "message", payload: { message_id: "m", text: "Hi" } },
    { kind: "turn_started", payload: { attempt: 1, keep_seq: 1 } },
    ...texts.map((text) => ({ kind: "text_delta", payload: { text } })),
    {
      kind: "final",
      payload: {
        stop_reason: "end",
        text_sha256: createHash("sha256").update(whole.join("")).digest("hex"),
      },
    },
  ]
  return payloads.map(({ kind, payload }, index) =>
    toJournalRow({
      kind,
      payload: { ...payload, turn_id: "t" },
      seq: index + 1,
      firstSeq: index + 1,
      atMs: null,
    }),
  )
}

async function looked(
  texts: readonly string[],
  readTurn = async (): Promise<JournalRow[]> => rowsOf(whole),
) {
  let state = reduceEvents(emptyConversation(), rowsOf(texts))
  const counts = { checked: 0, healed: 0, unhealed: 0 }
  const selfCheck = createSelfCheck({
    conversationId: "c",
    counts,
    readTurn,
    replace: (turnId, rows) => (state = changeTurn(state, turnId, () => rows)),
  })
  await selfCheck.look(state.turns)
  await selfCheck.look(state.turns)
  return { counts, text: state.turns.map(({ view }) => shownText(view)).join("") }
}

test("an intact text is left alone and verified once", async () => {
  expect(await looked(whole)).toEqual({
    counts: { checked: 1, healed: 0, unhealed: 0 },
    text: whole.join(""),
  })
})

test("a text with a lost or duplicated piece is reloaded", async () => {
  for (const texts of [whole.slice(1), [...whole, "world** 🌍"]]) {
    const { counts, text } = await looked(texts)
    expect(counts).toEqual({ checked: 1, healed: 1, unhealed: 0 })
    expect(text).toBe(whole.join(""))
  }
})

test("an unreadable text stays and is counted", async () => {
  const { counts, text } = await looked(["other"], async () => {
    throw new ApiError("The server cannot be reached.", { status: 0, code: "unreachable" })
  })
  expect(counts).toEqual({ checked: 1, healed: 0, unhealed: 1 })
  expect(text).toBe("other")
})

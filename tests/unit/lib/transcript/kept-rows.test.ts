import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { shownText } from "#lib/client/stream/self-check.ts"
import { TurnTexts } from "#lib/search/turn-texts.ts"
import type { JournalRow } from "#lib/transcript/journal-row.ts"
import { keptAndCountedRows, keptRows, keptText } from "#lib/transcript/kept-rows.ts"
import { modelCallsOf } from "#lib/transcript/model-calls.ts"
import { emptyConversation, reduceEvents } from "#lib/transcript/reduce-events.ts"
import { replayTurn } from "#lib/turns/drive/replay-turn.ts"

import { fold, journals, turnsOf } from "./journal-script.ts"

const stored = (row: JournalRow) => ({
  seq: row.seq,
  firstSeq: row.firstSeq,
  turnId: row.kind === "title" ? null : String(row.payload.turn_id),
  attempt: 1,
  direction: "outbound" as const,
  kind: row.kind,
  payload: JSON.stringify(row.payload),
  detail: null,
  lengths: null,
  createdAt: new Date(row.atMs ?? 0),
})

test("screen, model, search and driver read the same text from every journal, folded or not", () => {
  fc.assert(
    fc.property(journals, fc.boolean(), (unfolded, isFolded) => {
      const rows = isFolded ? fold(unfolded) : unfolded
      const shown = new Map(
        reduceEvents(emptyConversation(), rows).turns.map(({ id, view }) => [id, shownText(view)]),
      )
      for (const [turnId, own] of turnsOf(rows)) {
        const text = keptText(own)
        expect(shown.get(turnId)).toBe(text)
        const calls = modelCallsOf(keptRows(own).map((row) => ({ ...row, detail: null })))
        expect(calls.map((call) => call.text).join("")).toBe(text)
        expect(replayTurn(own.map(stored), { onlyFinished: false }).keptText).toBe(text)
        if (!own.some(({ kind }) => kind === "error")) continue
        const texts = new TurnTexts(turnId)
        for (const row of rows) texts.add(stored(row))
        const answer = texts.entries().find(({ kind }) => kind === "answer")
        const body = text.toWellFormed().replaceAll("\0", "")
        expect(answer?.body ?? "").toBe(answer === undefined ? "" : body)
      }
    }),
    { numRuns: 300 },
  )
})

describe("a lost attempt", () => {
  const row = (seq: number, kind: "text_delta" | "token_usage" | "nudge" | "status") =>
    ({ seq, firstSeq: seq, kind, payload: {}, atMs: null }) satisfies JournalRow
  const started = (seq: number, keepSeq: number): JournalRow => {
    return { seq, firstSeq: seq, kind: "turn_started", payload: { keep_seq: keepSeq }, atMs: null }
  }
  const seqs = (rows: readonly JournalRow[]) => rows.map(({ seq }) => seq)
  const rows = [
    started(1, 0),
    row(2, "text_delta"),
    row(3, "token_usage"),
    row(4, "text_delta"),
    row(5, "token_usage"),
    row(6, "nudge"),
    row(7, "status"),
    started(8, 3),
    row(9, "text_delta"),
  ]

  test("drops its output, keeps people's messages, and counts its usage", () => {
    expect(seqs(keptRows(rows))).toEqual([1, 2, 3, 6, 8, 9])
    expect(seqs(keptAndCountedRows(rows))).toEqual([1, 2, 3, 5, 6, 8, 9])
  })

  test("that resumed earlier than its predecessor drops that one's output as well", () => {
    expect(seqs(keptRows([...rows, started(10, 0)]))).toEqual([1, 6, 8, 10])
  })
})

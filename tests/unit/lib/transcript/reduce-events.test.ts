import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { toJournalRow, type JournalRow } from "#lib/transcript/journal-row.ts"
import {
  emptyConversation,
  forgetAfter,
  prependHistory,
  reduceEvents,
  type ConversationState,
} from "#lib/transcript/reduce-events.ts"

import { fold, journals } from "./journal-script.ts"

const whole = (rows: readonly JournalRow[]) => reduceEvents(emptyConversation(), rows)
const shown = (state: ConversationState) => ({
  lastSeq: state.lastSeq,
  title: state.title,
  turns: state.turns.map((turn) => turn.view),
})

describe("reduceEvents", () => {
  test("already applied events change nothing, in any repetition", () => {
    fc.assert(
      fc.property(journals, fc.array(fc.nat(), { maxLength: 20 }), (rows, again) => {
        const state = whole(rows)
        const repeated = again.flatMap((index) => rows[index % rows.length] ?? [])
        expect(reduceEvents(state, repeated)).toBe(state)
        expect(reduceEvents(state, rows)).toBe(state)
      }),
    )
  })

  test("any split into history and live gives the same state", () => {
    fc.assert(
      fc.property(
        journals,
        fc.array(fc.nat(), { maxLength: 5 }),
        fc.nat(8),
        (rows, cuts, overlap) => {
          const ends = [...cuts.map((cut) => cut % rows.length), rows.length].toSorted(
            (a, b) => a - b,
          )
          let state = emptyConversation()
          let start = 0
          for (const end of ends) {
            state = reduceEvents(state, rows.slice(Math.max(0, start - overlap), end))
            start = end
          }
          expect(shown(state)).toEqual(shown(whole(rows)))
        },
      ),
    )
  })

  test("folded history gives the same state as single events", () => {
    fc.assert(
      fc.property(journals, (rows) => {
        expect(shown(whole(fold(rows)))).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("a partly applied folded run adds only its rest", () => {
    fc.assert(
      fc.property(journals, fc.nat(), (rows, cut) => {
        const live = rows.slice(0, cut % rows.length)
        expect(shown(reduceEvents(whole(live), fold(rows)))).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("prepending older pages gives the whole", () => {
    fc.assert(
      fc.property(journals, fc.nat(), fc.nat(), (rows, a, b) => {
        const [first, second] = [a % rows.length, b % rows.length].toSorted((x, y) => x - y)
        const newest = rows.slice(second)
        let state = reduceEvents(emptyConversation(), newest)
        state = prependHistory(state, rows.slice(first, second))
        state = prependHistory(state, rows.slice(0, second))
        expect(shown(state)).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("the replay after `stale` gives the whole again", () => {
    fc.assert(
      fc.property(journals, fc.nat(), (rows, cut) => {
        const afterSeq = cut % rows.length
        const state = forgetAfter(whole(rows), afterSeq)
        expect(shown(state)).toEqual(
          shown({ ...whole(rows.slice(0, afterSeq)), lastSeq: afterSeq }),
        )
        expect(shown(reduceEvents(state, rows.slice(afterSeq)))).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("reducing never mutates the previous state", () => {
    fc.assert(
      fc.property(journals, fc.nat(), (rows, cut) => {
        const half = whole(rows.slice(0, cut % rows.length))
        const copy = structuredClone(half)
        reduceEvents(half, rows)
        expect(half).toEqual(copy)
      }),
    )
  })

  test("the shown text is the kept text: deltas that no turn_started dropped", () => {
    fc.assert(
      fc.property(journals, (rows) => {
        for (const turn of whole(rows).turns) {
          const text = turn.view.blocks
            .map((block) => (block.kind === "text" ? block.text : ""))
            .join("")
          expect(text).toBe(keptText(rows, turn.id))
        }
      }),
    )
  })

  test("unknown names move only the cursor", () => {
    const rows = [
      toJournalRow({ seq: 1, firstSeq: 1, kind: "novelty", payload: { turn_id: "t" }, atMs: 1 }),
    ]
    const state = whole(rows)
    expect(state.lastSeq).toBe(1)
    expect(state.turns.map((turn) => turn.view.blocks)).toEqual([[]])
  })

  test("the message event replaces the optimistic row with its idempotency key", () => {
    const sent = {
      key: "k0",
      text: "question 0",
      files: [],
      atMs: 1,
      isAccepted: false,
      sentShare: null,
      isRetrying: false,
    }
    const state = { ...emptyConversation(), outgoing: [sent, { ...sent, key: "other" }] }
    const next = reduceEvents(state, [
      {
        seq: 1,
        firstSeq: 1,
        kind: "message",
        payload: { turn_id: "t", idempotency_key: "k0" },
        atMs: 1,
      },
    ])
    expect(next.outgoing.map((row) => row.key)).toEqual(["other"])
    expect(next.turns).toHaveLength(1)
  })
})

/** A second, simpler implementation of the contract's definition. */
function keptText(rows: readonly JournalRow[], turnId: string): string {
  const own = rows.filter((row) => row.kind !== "title" && row.payload.turn_id === turnId)
  const starts = own.filter((row) => row.kind === "turn_started")
  return own
    .filter((row) => row.kind === "text_delta")
    .filter((row) => !starts.some((s) => s.seq > row.seq && row.seq > Number(s.payload.keep_seq)))
    .map((row) => String(row.payload.text))
    .join("")
}

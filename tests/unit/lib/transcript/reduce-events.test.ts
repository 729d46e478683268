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
  test("what was seen already changes nothing, whatever comes again", () => {
    fc.assert(
      fc.property(journals, fc.array(fc.nat(), { maxLength: 20 }), (rows, again) => {
        const state = whole(rows)
        const repeated = again.flatMap((index) => rows[index % rows.length] ?? [])
        expect(reduceEvents(state, repeated)).toBe(state)
        expect(reduceEvents(state, rows)).toBe(state)
      }),
    )
  })

  test("any split of history and live gives the same state", () => {
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

  test("folded history gives what the single events gave", () => {
    fc.assert(
      fc.property(journals, (rows) => {
        expect(shown(whole(fold(rows)))).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("a folded run of which the start was seen adds only its rest", () => {
    fc.assert(
      fc.property(journals, fc.nat(), (rows, cut) => {
        const live = rows.slice(0, cut % rows.length)
        expect(shown(reduceEvents(whole(live), fold(rows)))).toEqual(shown(whole(rows)))
      }),
    )
  })

  test("older pages put before newer ones give the whole", () => {
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

  test("after `stale` the replay gives the whole again", () => {
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

  test("a state is never changed by what is reduced onto it", () => {
    fc.assert(
      fc.property(journals, fc.nat(), (rows, cut) => {
        const half = whole(rows.slice(0, cut % rows.length))
        const copy = structuredClone(half)
        reduceEvents(half, rows)
        expect(half).toEqual(copy)
      }),
    )
  })

  test("shown text is the kept text: what no turn_started dropped", () => {
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

  test("unknown names move the cursor and nothing else", () => {
    const rows = [
      toJournalRow({ seq: 1, firstSeq: 1, kind: "novelty", payload: { turn_id: "t" }, atMs: 1 }),
    ]
    const state = whole(rows)
    expect(state.lastSeq).toBe(1)
    expect(state.turns.map((turn) => turn.view.blocks)).toEqual([[]])
  })

  test("the message event takes the optimistic row over by its idempotency key", () => {
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

/** The definition of the contract, told once more and more slowly. */
function keptText(rows: readonly JournalRow[], turnId: string): string {
  const own = rows.filter((row) => row.kind !== "title" && row.payload.turn_id === turnId)
  const starts = own.filter((row) => row.kind === "turn_started")
  return own
    .filter((row) => row.kind === "text_delta")
    .filter((row) => !starts.some((s) => s.seq > row.seq && row.seq > Number(s.payload.keep_seq)))
    .map((row) => String(row.payload.text))
    .join("")
}

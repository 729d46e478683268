import fc from "fast-check"
import { describe, expect, test } from "vitest"

import type { StoredRow } from "#db/queries/journal.ts"
import { expandRow } from "#lib/journal/read-events.ts"
import type { EventKind } from "#lib/protocol/events.ts"

function storedRow(changes: Partial<StoredRow>): StoredRow {
  return {
    seq: 1,
    firstSeq: 1,
    turnId: "t",
    attempt: 1,
    direction: "outbound",
    kind: "text_delta",
    payload: "{}",
    detail: null,
    lengths: null,
    createdAt: new Date("2026-01-01T00:00:00.000Z"),
    ...changes,
  }
}

describe("a folded row", () => {
  test("expands to its original events after every cursor", () => {
    const deltas = fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 30,
    })
    fc.assert(
      fc.property(deltas, fc.integer({ min: 1, max: 1_000 }), (texts, firstSeq) => {
        const lastSeq = firstSeq + texts.length - 1
        const row = storedRow({
          firstSeq,
          seq: lastSeq,
          payload: JSON.stringify({ turn_id: "t", text: texts.join("") }),
          lengths: texts.map((text) => text.length),
        })
        const original = texts.map((text, index) => ({
          seq: firstSeq + index,
          kind: "text_delta",
          json: JSON.stringify({ turn_id: "t", text }),
        }))
        for (let cursor = firstSeq - 1; cursor <= lastSeq; cursor += 1) {
          expect(expandRow(row, cursor)).toEqual(original.slice(cursor - firstSeq + 1))
        }
      }),
    )
  })
})

describe("a row of one event", () => {
  test("comes after an older cursor and not after its own", () => {
    const row = storedRow({ seq: 5, firstSeq: 5, kind: "status" })
    expect(expandRow(row, 4)).toEqual([{ seq: 5, kind: "status", json: "{}" }])
    expect(expandRow(row, 5)).toEqual([])
  })

  test("with an unknown name is passed on, so that cursors advance", () => {
    const row = storedRow({ seq: 5, firstSeq: 5, kind: "from_the_future" as string as EventKind })
    expect(expandRow(row, 4)).toEqual([{ seq: 5, kind: "from_the_future", json: "{}" }])
  })

  test("shows a tool's arguments and result only when they were loaded", () => {
    const call = { kind: "tool_call" as const, payload: '{"id":"c"}' }
    expect(expandRow(storedRow(call), 0)[0]?.json).toBe('{"id":"c"}')
    const withDetail = storedRow({ ...call, detail: '{"args":{"a":1}}' })
    expect(JSON.parse(expandRow(withDetail, 0)[0]?.json ?? "")).toEqual({ id: "c", args: { a: 1 } })
  })
})

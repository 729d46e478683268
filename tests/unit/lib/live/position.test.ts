import { describe, expect, test } from "vitest"

import { positionOf } from "#lib/live/hub.ts"

const head = { lastSeq: 25_000, liveFromSeq: 24_990 }

describe("a stream starts", () => {
  test("after a known cursor, without notice", () => {
    expect(positionOf({ kind: "after", seq: 0 }, head)).toEqual({ cursor: 0, stale: null })
    expect(positionOf({ kind: "after", seq: 25_000 }, head)).toEqual({
      cursor: 25_000,
      stale: null,
    })
  })

  test("without a cursor, before the running turn", () => {
    expect(positionOf({ kind: "live" }, head)).toEqual({ cursor: 24_990, stale: null })
  })

  test("with an unknown cursor at most 10,000 events back, with a notice", () => {
    const stale = { reason: "unknown_cursor", after_seq: 15_000 }
    expect(positionOf({ kind: "unknown" }, head)).toEqual({ cursor: 15_000, stale })
    expect(positionOf({ kind: "after", seq: 25_001 }, head)).toEqual({ cursor: 15_000, stale })
    expect(positionOf({ kind: "unknown" }, { lastSeq: 5, liveFromSeq: 5 }).cursor).toBe(0)
  })
})

import fc from "fast-check"
import { expect, test } from "vitest"

import { formatCursor, parseCursor } from "#lib/protocol/cursor.ts"

test("every position round-trips", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (seq) => {
      expect(parseCursor(formatCursor(seq))).toBe(seq)
    }),
  )
})

test("any text parses to a position or null, and never to an inexact number", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(Number.isSafeInteger(parseCursor(text) ?? 0)).toBe(true)
    }),
  )
})

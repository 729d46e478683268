import fc from "fast-check"
import { expect, test } from "vitest"

import { formatCursor, parseCursor } from "#lib/protocol/cursor.ts"

test("every position survives being written and read", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (seq) => {
      expect(parseCursor(formatCursor(seq))).toBe(seq)
    }),
  )
})

test("any text is a position or null, and never an inexact number", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(Number.isSafeInteger(parseCursor(text) ?? 0)).toBe(true)
    }),
  )
})

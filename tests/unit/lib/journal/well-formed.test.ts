import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { TextCleaner, wellFormedJson, wellFormedText } from "#lib/journal/well-formed.ts"

describe("a text in pieces", () => {
  test("comes out as the whole would, however it is cut", () => {
    const units = fc.array(
      fc.constantFrom("a", "\ud83d", "\ude42", "\0", "é", "\ud800", "\udc00", "🙂"),
      { maxLength: 30 },
    )
    fc.assert(
      fc.property(units, fc.array(fc.nat(30), { maxLength: 8 }), (parts, cuts) => {
        const text = parts.join("")
        const places = [...new Set(cuts.filter((cut) => cut < text.length))].toSorted(
          (a, b) => a - b,
        )
        const cleaner = new TextCleaner()
        let out = ""
        let start = 0
        for (const place of [...places, text.length]) {
          out += cleaner.push(text.slice(start, place))
          expect(out.isWellFormed()).toBe(true)
          start = place
        }
        out += cleaner.end()
        expect(out).toBe(wellFormedText(text))
      }),
      { numRuns: 1_000 },
    )
  })
})

describe("JSON of anything", () => {
  test("has no NUL and no lone surrogate in values or keys", () => {
    const json = wellFormedJson({ "k\0\ud800": ["v\0", { deep: "\udc00" }], n: 1n })
    expect(JSON.parse(json)).toEqual({ "k\ufffd": ["v", { deep: "\ufffd" }], n: "1" })
  })

  test("of nothing is null", () => {
    expect(wellFormedJson(undefined)).toBe("null")
  })
})

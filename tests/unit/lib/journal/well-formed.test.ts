import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { TextCleaner, wellFormedJson, wellFormedText } from "#lib/journal/well-formed.ts"

describe("a text in chunks", () => {
  test("equals the whole text, for any chunking", () => {
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

describe("JSON of any value", () => {
  test("has neither NUL nor lone surrogates in values or keys", () => {
    const json = wellFormedJson({ "k\0\ud800": ["v\0", { deep: "\udc00" }], n: 1n })
    expect(JSON.parse(json)).toEqual({ "k\ufffd": ["v", { deep: "\ufffd" }], n: "1" })
  })

  test("of undefined is null", () => {
    expect(wellFormedJson(undefined)).toBe("null")
  })
})

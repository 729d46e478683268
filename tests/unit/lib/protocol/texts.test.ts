import fc from "fast-check"
import { expect, test } from "vitest"

import { countCharacters, isBlank, storableText } from "#lib/protocol/texts.ts"

test("characters are code points", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(countCharacters(text)).toBe(Array.from(text).length)
    }),
  )
})

test.each([
  "",
  "   ",
  "\n\t\r",
  "\u200b",
  "\u200b\u2060\ufeff",
  "\u00a0",
  "\u3164",
  "\u202e\u202c",
])("%j is blank", (text) => expect(isBlank(text)).toBe(true))

test.each(["a", " a ", "😀", "\u0301", "。", "0"])("%j is not blank", (text) =>
  expect(isBlank(text)).toBe(false),
)

test("a limit counts code points, not UTF-16 units", () => {
  expect(storableText(3).safeParse("😀😀😀").success).toBe(true)
  expect(storableText(3).safeParse("😀😀😀😀").success).toBe(false)
})

test("text that cannot be stored unchanged is refused", () => {
  expect(storableText(9).safeParse("a\ud800").success).toBe(false)
  expect(storableText(9).safeParse("a\0").success).toBe(false)
})

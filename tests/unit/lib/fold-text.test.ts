import { describe, expect, test } from "vitest"

import { clustersOf, findFolded, foldText } from "#lib/fold-text.ts"

/** Typed for quotes; to Unicode an acute accent is a space with a mark, a double prime two primes. */
const typedQuotes = new Map([
  ["\u00b4", "'"],
  ["\u1ffd", "'"],
  ["\u2033", '"'],
])
/** All characters with a case, a composition or a compatibility form, and whole old scripts. */
const characters = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => code > 0 && (code < 0xd8_00 || code >= 0xe0_00))
  // Of the syllables of Korean, which are computed, some.
  .filter((code) => code < 0xac_00 || code > 0xd7_a3 || code % 97 === 0)
  .map((code) => String.fromCodePoint(code))
  .filter(
    (one) =>
      one <= "\u07ff" ||
      one !== one.toLowerCase() ||
      one !== one.toUpperCase() ||
      one !== one.normalize("NFKD"),
  )
  .filter((one) => !typedQuotes.has(one))

const failing = (holds: (character: string, text: string) => boolean): string[] =>
  characters.filter((character) => !holds(character, `x${character}x`))

describe("folding", () => {
  test.each([
    ["  A\u00a0\t b\n", "a b"],
    ["ΣΊΣΥΦΟΣ", "σισυφοσ"],
    ["Größe GRÖSSE GROẞE", "grosse grosse grosse"],
    ["İI ıi", "ii ii"],
    ["ﬁ ＡＢ１ ½ ²", "fi ab1 1⁄2 2"],
    ["‘a’ `b´ “c” „d“ «e»", `'a' 'b' "c" "d" "e"`],
    ["a–b—c−d", "a-b-c-d"],
    ["🏝️👍🏽👨‍👩‍👧", "🏝👍👨👩👧"],
    ["ｶﾞ が", "カ\u3099 か\u3099"],
    ["Łódź Ærø þorn", "lodz aero thorn"],
    ["مُحَمَّد مـحمد", "محمد محمد"],
    ["हिन्दी", "हिन्दी"],
    ["100%_\\", "100%_\\"],
    ["\u0301\ufe0f\u200d\u00ad", ""],
    ["\ud83c", "\ufffd"],
  ])("%j is %j", (text, folded) => {
    expect(foldText(text)).toBe(folded)
  })

  test("again changes nothing", () => {
    expect(failing((_, text) => foldText(foldText(text)) === foldText(text))).toEqual([])
  })

  test("knows no case, and no composition", () => {
    // The iota under a letter is a letter of its own in upper case.
    const iota = /\u0345/
    const isCaseless = (character: string, text: string) =>
      iota.test(character.normalize("NFD")) ||
      [text.toUpperCase(), text.toLowerCase()].every((one) => foldText(one) === foldText(text))
    expect(failing(isCaseless)).toEqual([])
    for (const form of ["NFC", "NFD", "NFKC", "NFKD"]) {
      expect(failing((_, text) => foldText(text.normalize(form)) === foldText(text))).toEqual([])
    }
  })

  test.each([...typedQuotes])("takes %j for %j", (typed, quote) => {
    expect(foldText(`a${typed}b`)).toBe(`a${quote}b`)
  })

  test("leaves a text that PostgreSQL takes", () => {
    expect(foldText("\ud800a\udfff").isWellFormed()).toBe(true)
  })

  test("of its characters one by one is that of the text", () => {
    const isSum = (_: string, text: string) =>
      [...clustersOf(text)].map((one) => foldText(`.${one.text}.`).slice(1, -1)).join("") ===
      foldText(text)
    expect(failing(isSum)).toEqual([])
  })
})

describe("places in a text", () => {
  const marked = (text: string, ...wanted: string[]) =>
    findFolded(
      text,
      wanted.map((part) => foldText(part)),
    ).map(([start, end]) => text.slice(start, end))

  test.each([
    ["Die Größe zählt", ["OSSE", "zahlt"], ["öße", "zählt"]],
    ["cafe\u0301 noir", ["café"], ["cafe\u0301"]],
    [" \u00a0 so  viel  Raum", ["viel raum"], ["viel  Raum"]],
    ["eine 🏝️ im Meer", ["🏝"], ["🏝️"]],
    ["ﬁnale", ["inal"], ["ﬁnal"]],
    ["aaa bbb", ["aa", "a b"], ["aaa b"]],
    ["nothing", ["", "else"], []],
  ])("of %j for %j are %j", (text, wanted, spans) => {
    expect(marked(text, ...wanted)).toEqual(spans)
  })
})

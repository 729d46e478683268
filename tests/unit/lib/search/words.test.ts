import { describe, expect, test } from "vitest"

import { cutSnippet } from "#lib/search/snippet.ts"
import { findMatches, indexWords, parseWordQuery, type WordQuery } from "#lib/search/words.ts"

function query(q: string): WordQuery {
  const parsed = parseWordQuery(q)
  if (parsed === null) throw new Error("no word in it")
  return parsed
}

const marked = (text: string, q: string) =>
  findMatches(text, query(q)).map(([start, end]) => text.slice(start, end))

describe("words", () => {
  test("ignore case, accents and punctuation", () => {
    expect(indexWords("Crème brûlée: foo_bar, https://example.com/À-la")).toEqual([
      "creme",
      "brulee",
      "foo",
      "bar",
      "https",
      "example",
      "com",
      "a",
      "la",
    ])
  })

  test("contain no tsquery syntax", () => {
    for (const word of indexWords("a'b & c | !d <-> (e):* \\f \"g\" ' ")) {
      expect(word).toMatch(/^[\p{L}\p{N}]+$/u)
    }
  })

  test("of scripts without spaces match by any two adjacent characters", () => {
    const text = "東京都の天気は晴れです"
    for (const q of ["東京", "天気", "晴れです", "京"]) {
      const { words, prefix } = query(q)
      const wanted = prefix === null ? words : [...words, prefix]
      expect(indexWords(text)).toEqual(expect.arrayContaining([...wanted]))
    }
    expect(marked(text, "天気")).toEqual(["天気"])
  })

  test.each([
    ["GRÖSSE", "Größe", "Größe"],
    ["σισυφος", "ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ"],
    ["istanbul", "İSTANBUL", "İSTANBUL"],
    ["silben", "Sil\u00adben", "Sil\u00adben"],
    ["🏝", "im 🏝️\u200dMeer", "🏝️\u200d"],
    ["🏝️", "im🏝Meer", "🏝"],
    ["🇩🇪", "aus 🇦🇹🇩🇪🇨🇭", "🇩🇪"],
    ["👍", "👍🏽!", "👍🏽"],
    ["👨‍👩‍👧", "die 👨‍👩‍👧", "👨‍👩‍👧"],
    ["がく", "か\u3099くせい", "か\u3099く"],
    ["ガラ", "ｶﾞﾗｽ", "ｶﾞﾗ"],
    ["มาก", "ดีมาก", "มาก"],
  ])("%j is found in %j as %j", (q, text, found) => {
    const { words, prefix } = query(q)
    const wanted = prefix === null ? words : [...words, prefix]
    const isIndexed = (one: string) => indexWords(text).some((word) => word.startsWith(one))
    expect(wanted.every((one) => isIndexed(one))).toBe(true)
    expect(marked(text, q).join("")).toBe(found)
  })

  test("of one kana are not found by another", () => {
    expect(marked("かく", "がく")).toEqual([])
  })

  test("of a text stay within the limits of a tsvector", () => {
    // One character that folds into eighteen.
    const words = indexWords("\ufdfa ".repeat(10) + "漢字仮名".repeat(25_000))
    expect(Buffer.byteLength(words.join(""))).toBeLessThan(1_000_000)
  })
})

describe("a query", () => {
  test("ends in a prefix match, unless a space or a single letter ends it", () => {
    expect(query("blue whal")).toEqual({ words: ["blue"], prefix: "whal" })
    expect(query("blue whale ")).toEqual({ words: ["blue", "whale"], prefix: null })
    expect(query("b")).toEqual({ words: ["b"], prefix: null })
    expect(parseWordQuery("  !? ")).toBeNull()
  })

  test("marks whole words of the text", () => {
    expect(marked("Über Wale, WALE und wälle, Blauwal", "uber wal")).toEqual([
      "Über",
      "Wale",
      "WALE",
      "wälle",
    ])
  })
})

describe("a snippet", () => {
  test("is one line around the first hit, with match offsets into it", () => {
    const body = `${"lorem ipsum ".repeat(40)}\n\n## The **blue whale**\nis big. ${"dolor ".repeat(80)}`
    const { text, matches } = cutSnippet(body, query("blue wha"))
    expect(text).toMatch(/^….*The blue whale is big\. dolor.*…$/)
    expect(text.length).toBeLessThanOrEqual(182)
    expect(matches.map(([start, end]) => text.slice(start, end))).toEqual(["blue", "whale"])
  })

  test("of a short text is the whole text", () => {
    expect(cutSnippet("Hello <b>you</b>", query("you")).text).toBe("Hello <b>you</b>")
    const link = "See [the note](https://example.com/spring) of May"
    expect(cutSnippet(link, query("note")).text).toBe("See the note of May")
    expect(cutSnippet(link, query("spring")).text).toBe(link)
  })
})

import { expect, test } from "vitest"

import { firstLine } from "#lib/turns/first-line.ts"

test("short texts stay unchanged, on one line", () => {
  expect(firstLine("  Hello,\n\n  world \ufffd", 20)).toBe("Hello, world \ufffd")
})

test("long texts end after a word, or inside one as long as the line", () => {
  expect(firstLine("Hello, world, here I am", 15)).toBe("Hello, world,…")
  expect(firstLine("Hellohellohello", 10)).toBe("Hellohello…")
})

test("a character is never split", () => {
  for (let blanks = 0; blanks < 90; blanks += 1) {
    const shown = firstLine(`a${" ".repeat(blanks)}${"😀".repeat(60)}`, 20)
    expect(shown.isWellFormed()).toBe(true)
    expect(shown).not.toContain("\ufffd")
  }
})

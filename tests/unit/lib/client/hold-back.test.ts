import { expect, test } from "vitest"

import { holdBackTable } from "#lib/client/hold-back.ts"

const table = "Before.\n\n| A | B |\n|---|--:|\n| 1 | 2 |\n\nAfter."

test("no start of a table shows its bars before it is one", () => {
  for (let length = 0; length <= table.length; length++) {
    const shown = holdBackTable(table.slice(0, length))
    expect(shown.includes("|") && !shown.includes("|--:|\n")).toBe(false)
    expect(table.startsWith(shown)).toBe(true)
  }
})

test("what is no table is shown as it comes", () => {
  expect(holdBackTable("a | b")).toBe("a | b")
  expect(holdBackTable("|x| is the absolute value\nof x")).toBe("|x| is the absolute value\nof x")
  expect(holdBackTable(table)).toBe(table)
})

import { parse } from "csv-parse/sync"
import fc from "fast-check"
import { expect, test } from "vitest"

import { csvHeader, csvLine } from "#lib/lists/csv.ts"

const read = (text: string, delimiter = ","): string[][] =>
  parse(text, { bom: true, delimiter, relax_column_count: true, relax_quotes: true })

/** A formula as a spreadsheet recognises it, after removing invisible characters. */
const isFormula = (cell: string) =>
  /^[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(cell.replace(/^[\s\p{Cf}\p{Cc}]+/u, ""))

test("a file starts with one UTF-8 byte order mark", () => {
  const file = csvHeader(["id", "title"]) + csvLine(["1", "Grüße"])
  expect(Buffer.from(file).subarray(0, 5).toString("hex")).toBe("efbbbf6964")
  expect(read(file)).toEqual([
    ["id", "title"],
    ["1", "Grüße"],
  ])
})

test.each([
  "=1+1",
  "+1",
  "-1+1",
  "@SUM(A1)",
  "\t=1",
  " =1",
  "\u200b=1",
  "\u200e\u2060\ufeff=1",
  "\ufe0f=1",
  "\uff1d1+1",
  "\uff0b1",
  "\uff0d1",
  "\uff20A1",
  '"=1',
])("%j is no formula", (cell) => {
  expect(read(csvLine([cell]))[0]).toEqual([`'${cell}`])
})

test.each([
  ["x;=cmd|'/c calc'!A1;", "x;'=cmd|'/c calc'!A1;"],
  ["x;\u200b =1", "x;'\u200b =1"],
  ["x;\uff1d1", "x;'\uff1d1"],
  ['x;"=1"', 'x;\'"=1"'],
  ["\r=1", "'\r'=1"],
  ["\n=1", "'\n'=1"],
  ["=1;=2\n=3", "'=1;'=2\n'=3"],
  ["x\r\n=1", "x\r\n'=1"],
])("%j is no formula, even when another separator makes it a cell", (cell, guarded) => {
  const line = csvLine([cell, "y"])
  expect(read(line)[0]).toEqual([guarded, "y"])
  expect(read(line.replaceAll('"', ""), ";").flat().filter(isFormula)).toEqual([])
})

test.each([
  "",
  " a ",
  "a,b",
  'say "hi"',
  "a\r\nb",
  "a; b; c",
  "1 - 2 = 3",
  "me@studio.test",
  "👩‍👩‍👧",
  "don't",
  "'quoted'",
])("%j round-trips", (cell) => {
  expect(read(csvLine([cell, "end"]))[0]).toEqual([cell, "end"])
})

test("a number stays a number, and null stays empty", () => {
  expect(csvLine([-1, 0.5, null, "x"])).toBe("-1,0.5,,x\r\n")
})

test("a reader recovers every cell, with only apostrophes added", () => {
  const start = fc.constantFrom("=", "+", "-", "@", "\uff1d")
  const between = fc.constantFrom(";", ",", '"', "'", "\t", "\r\n", " ", "a", "\u200b", "é")
  const pieces = fc.oneof(start, between)
  const cells = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(""))
  fc.assert(
    fc.property(fc.array(cells, { minLength: 2, maxLength: 4 }), (row) => {
      const found = read(csvLine(row))[0] ?? []
      expect(found).toHaveLength(row.length)
      expect(found.filter(isFormula)).toEqual([])
      const bare = (text: string) => text.replaceAll("'", "")
      expect(found.map(bare)).toEqual(row.map(bare))
    }),
    { numRuns: 2_000 },
  )
})

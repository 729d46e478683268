import fc from "fast-check"
import { expect, test } from "vitest"

import { findJsonExcess, type JsonBounds } from "#lib/http/json-excess.ts"
import { limits } from "#lib/protocol/limits.ts"

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1
  return Object.values(value).reduce((sum: number, part) => sum + sizeOf(part), 1)
}

const bytes = (text: string) => new TextEncoder().encode(text)

const unbounded: JsonBounds = {
  depthMax: Infinity,
  valuesMax: Infinity,
  fieldsMax: Infinity,
  fieldBytesMax: Infinity,
}
const isDeeperThan = (json: Uint8Array, depthMax: number) =>
  findJsonExcess(json, { ...unbounded, depthMax }) === "depth"
const isLargerThan = (json: Uint8Array, valuesMax: number) =>
  findJsonExcess(json, { ...unbounded, valuesMax }) === "size"

test("computes the depth of any JSON value", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const json = bytes(JSON.stringify(value))
      const depth = depthOf(value)
      expect(isDeeperThan(json, depth)).toBe(false)
      expect(isDeeperThan(json, depth - 1)).toBe(depth > 0)
    }),
  )
})

test("braces, escaped quotes and backslashes inside strings do not count", () => {
  expect(isDeeperThan(bytes('{"a":"[[[{{{","b\\"[[":"\\\\"}'), 1)).toBe(false)
})

test("a million open brackets are refused without recursion", () => {
  expect(isDeeperThan(bytes("[".repeat(1_000_000)), 32)).toBe(true)
})

test("computes the number of values of any JSON value, with any whitespace", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom("", " ", "\n\t"), (value, gap) => {
      const json = bytes(JSON.stringify(value, null, gap))
      const size = sizeOf(value)
      expect(isLargerThan(json, size)).toBe(false)
      expect(isLargerThan(json, size - 1)).toBe(true)
    }),
  )
})

test("finds the end of a string of any length and escaping", () => {
  const piece = fc.constantFrom(
    '"',
    "\\",
    "[",
    "a".repeat(63),
    "a".repeat(64),
    "é\u2028".repeat(20),
  )
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 9 }), { minLength: 1 }), (strings) => {
      const value = strings.map((pieces) => pieces.join(""))
      const json = bytes(JSON.stringify(value))
      expect(isDeeperThan(json, 1)).toBe(false)
      expect(isLargerThan(json, value.length + 1)).toBe(false)
      expect(isLargerThan(json, value.length)).toBe(true)
    }),
  )
})

test.each<[string, unknown, "depth" | "size" | null]>([
  ["1,000 fields", Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [n, n])), null],
  ["1,001 fields", Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [n, n])), "size"],
  [
    "1,001 fields of a field",
    { a: Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [n, n])) },
    "size",
  ],
  [
    "1,002 fields of two fields",
    Object.fromEntries(
      ["a", "b"].map((name) => [
        name,
        Object.fromEntries(Array.from({ length: 501 }, (_, n) => [n, n])),
      ]),
    ),
    null,
  ],
  ["a name of 1 KiB", { ["a".repeat(1_023)]: 1 }, null],
  ["a name of 1 MB", { ["a".repeat(1_000_000)]: 1 }, "size"],
  ["a text of 1 MB", { text: "a".repeat(1_000_000) }, null],
  ["10,001 values", { a: Array.from({ length: 9_999 }, () => 1) }, "size"],
  ["10,000 values", { a: Array.from({ length: 9_998 }, () => 1) }, null],
])("%s", (_name, value, excess) => {
  expect(findJsonExcess(bytes(JSON.stringify(value)), limits.json)).toBe(excess)
})

test("a number over 1 KiB is refused at its position", () => {
  const json = (digits: number) => bytes(`{"a":${"1".repeat(digits)} ,"b":${"2".repeat(1_000)}}`)
  expect(findJsonExcess(json(1_024), limits.json)).toBeNull()
  expect(findJsonExcess(json(1_025), limits.json)).toBe("size")
  expect(findJsonExcess(bytes("1".repeat(15_000_000)), limits.json)).toBe("size")
})

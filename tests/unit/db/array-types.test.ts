import fc from "fast-check"
import { expect, test } from "vitest"

import { decodeArray, encodeArray } from "#db/array-types.ts"

test("an array round-trips with any content", () => {
  const item = fc.option(
    fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("", "NULL", "{}", '"', "\\", ",\n")),
  )
  fc.assert(
    fc.property(fc.array(item), (items) => {
      expect(decodeArray(encodeArray(items))).toEqual(items)
    }),
  )
})

test("reads unquoted elements as the server writes them", () => {
  expect(decodeArray("{}")).toEqual([])
  expect(decodeArray('{1,-2,NULL,"NULL","a b",c}')).toEqual(["1", "-2", null, "NULL", "a b", "c"])
})

test("leaves an already encoded array unchanged", () => {
  expect(encodeArray("{a,b}")).toBe("{a,b}")
})

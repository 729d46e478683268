import fc from "fast-check"
import { expect, test } from "vitest"

import { isDeeperThan } from "#lib/http/json-depth.ts"

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

const bytes = (text: string) => new TextEncoder().encode(text)

test("agrees with the depth of any JSON value", () => {
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

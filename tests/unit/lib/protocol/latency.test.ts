import { expect, test } from "vitest"

import { addCounts, latencyBoundsMs, quantileMs } from "#lib/protocol/latency.ts"

function countsAt(places: Record<number, number>): number[] {
  return Array.from({ length: latencyBoundsMs.length + 1 }, (_, index) => places[index] ?? 0)
}

test("a quantile is interpolated linearly in its class", () => {
  // 10 turns of 500 to 700 ms, 10 of 3 to 4 s.
  const counts = countsAt({ 4: 10, 9: 10 })
  expect(quantileMs(counts, 0.25)).toBe(600)
  expect(quantileMs(counts, 0.5)).toBe(700)
  expect(quantileMs(counts, 0.95)).toBe(3_900)
})

test("without counts it is unknown; beyond the last bound it is that bound", () => {
  expect(quantileMs(countsAt({}), 0.5)).toBeNull()
  expect(quantileMs([], 0.5)).toBeNull()
  expect(quantileMs(countsAt({ [latencyBoundsMs.length]: 3 }), 0.95)).toBe(600_000)
})

test("counts of different lengths add up: a bound may be appended", () => {
  expect(addCounts([1, 2], [1, 1, 1])).toEqual([2, 3, 1])
})

test("the bounds ascend", () => {
  expect(latencyBoundsMs.toSorted((a, b) => a - b)).toEqual([...latencyBoundsMs])
})

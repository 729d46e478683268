import { afterEach, beforeEach, expect, test, vi } from "vitest"

import { InFlightLimiter } from "#lib/batching/in-flight-limiter.ts"

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

/** Work that ends when it is told to; each piece takes all that has gathered. */
function createWork() {
  const gathered: number[] = []
  const begun: number[][] = []
  const ends: (() => void)[] = []
  const limiter = new InFlightLimiter(() => {
    if (gathered.length === 0) return null
    begun.push(gathered.splice(0))
    return new Promise((resolve) => ends.push(resolve))
  })
  return {
    begun,
    add(item: number) {
      gathered.push(item)
      limiter.start()
    },
    async end(at: number) {
      ends[at]?.()
      await vi.advanceTimersByTimeAsync(0)
    },
  }
}

test("one after the other, with all that has gathered", async () => {
  const work = createWork()
  for (const item of [1, 2, 3]) work.add(item)
  expect(work.begun).toEqual([[1]])
  await work.end(0)
  expect(work.begun).toEqual([[1], [2, 3]])
  await work.end(1)
  work.add(4)
  expect(work.begun).toEqual([[1], [2, 3], [4]])
})

test("a slow piece of work delays no other, and at most four run", async () => {
  const work = createWork()
  for (const item of [1, 2, 3, 4, 5]) {
    work.add(item)
    await vi.advanceTimersByTimeAsync(1_000)
  }
  expect(work.begun).toEqual([[1], [2], [3], [4]])
  work.add(6)
  await work.end(1)
  expect(work.begun.at(-1)).toEqual([5, 6])
  // The slow ones that end give no second place beside the one that is not slow.
  work.add(7)
  await work.end(0)
  await work.end(2)
  expect(work.begun).toHaveLength(5)
  await work.end(4)
  expect(work.begun.at(-1)).toEqual([7])
})

import { expect, test } from "vitest"

import { createBatcher } from "#lib/batching/batcher.ts"

/** Answers n with 2n, a set at a time and when it is told to. */
function createDoubler(setMax = 10) {
  const sets: number[][] = []
  const finish: ((error?: Error) => void)[] = []
  const ask = createBatcher(async (questions: readonly number[]) => {
    sets.push([...questions])
    await new Promise<void>((resolve, reject) => {
      finish.push((error) => (error === undefined ? resolve() : reject(error)))
    })
    return questions.map((question) => question * 2)
  }, setMax)
  const finishNext = async (error?: Error) => {
    finish.shift()?.(error)
    await new Promise(setImmediate)
  }
  return { ask, sets, finishNext }
}

test("the first goes at once, what comes meanwhile goes together, and each gets its answer", async () => {
  const { ask, sets, finishNext } = createDoubler(3)
  const answers = Promise.all([1, 2, 3, 4, 5].map(ask))
  expect(sets).toEqual([[1]])
  await finishNext()
  expect(sets).toEqual([[1], [2, 3, 4]])
  await finishNext()
  await finishNext()
  expect(await answers).toEqual([2, 4, 6, 8, 10])
  const later = ask(6)
  await finishNext()
  expect(await later).toBe(12)
  expect(sets).toEqual([[1], [2, 3, 4], [5], [6]])
})

test("an outage is everybody's, and is over for those who come after it", async () => {
  const { ask, sets, finishNext } = createDoubler()
  const answers = Promise.allSettled([1, 2, 3].map(ask))
  await finishNext()
  await finishNext(Object.assign(new Error("gone"), { code: "ECONNRESET" }))
  expect((await answers).map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"])
  const later = ask(4)
  await finishNext()
  expect(await later).toBe(8)
  expect(sets).toEqual([[1], [2, 3], [4]])
})

test("a question that cannot be answered fails alone", async () => {
  const ask = createBatcher(async (questions: readonly number[]) => {
    await new Promise(setImmediate)
    if (questions.includes(3)) throw new Error("no threes")
    return questions
  }, 10)
  const answers = await Promise.allSettled([1, 2, 3, 4].map(ask))
  expect(answers.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "fulfilled",
  ])
})

test("more than may wait is refused, and the rest is answered", async () => {
  const { ask, finishNext } = createDoubler(20_000)
  const answers = Promise.all(Array.from({ length: 10_001 }, (_, index) => ask(index)))
  await expect(ask(0)).rejects.toMatchObject({ code: "unavailable" })
  await finishNext()
  await finishNext()
  expect((await answers).at(-1)).toBe(20_000)
})

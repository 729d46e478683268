import { unavailable } from "#lib/errors.ts"

import { failsWholeBatch, InFlightLimiter, withStatementDeadline } from "./in-flight-limiter.ts"

interface Waiting<Request, Answer> {
  request: Request
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

const waitingMax = 10_000

/**
 * Answers one batch of requests at a time: requests that arrive meanwhile share the next batch. With
 * nothing in flight a request goes at once.
 * @param answerBatch answers in the order of the requests
 * @param batchMax maximum number of requests per batch
 * @returns answers one request; throws AppError unavailable when too many wait or the deadline passes,
 * else the error of `answerBatch`
 */
export function createBatcher<Request, Answer>(
  answerBatch: (requests: readonly Request[]) => Promise<readonly Answer[]>,
  batchMax: number,
): (request: Request) => Promise<Answer> {
  const waiting: Waiting<Request, Answer>[] = []
  const limiter = new InFlightLimiter(() =>
    waiting.length === 0 ? null : answer(waiting.splice(0, batchMax)),
  )

  async function answer(batch: readonly Waiting<Request, Answer>[]): Promise<void> {
    try {
      const answers = await withStatementDeadline(answerBatch(batch.map(({ request }) => request)))
      if (answers.length !== batch.length) throw new Error("requests were left without an answer")
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      if (batch.length > 1 && !failsWholeBatch(error)) for (const one of batch) await answer([one])
      else for (const { reject } of batch) reject(error)
    }
  }

  return async (request) => {
    if (waiting.length >= waitingMax) throw unavailable("Too many requests wait. Try again.")
    return await new Promise((resolve, reject) => {
      waiting.push({ request, resolve, reject })
      limiter.start()
    })
  }
}

import { unavailable } from "#lib/errors.ts"
import { failsAll, Flights, inFlight } from "#lib/flights.ts"

interface Waiting<Question, Answer> {
  question: Question
  resolve: (answer: Answer) => void
  reject: (error: unknown) => void
}

const waitingMax = 10_000

/**
 * Asks one set of questions at a time: what is asked meanwhile goes together into the next. The
 * first, with nothing under way, goes at once.
 * @param askAll answers in the order of the questions
 * @param setMax questions asked together at most
 * @returns asks one; throws AppError unavailable when too much waits or no answer comes, else what
 * `askAll` threw
 */
export function gather<Question, Answer>(
  askAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  setMax: number,
): (question: Question) => Promise<Answer> {
  const waiting: Waiting<Question, Answer>[] = []
  const flights = new Flights(() => (waiting.length === 0 ? null : ask(waiting.splice(0, setMax))))

  async function ask(set: readonly Waiting<Question, Answer>[]): Promise<void> {
    try {
      const answers = await inFlight(askAll(set.map(({ question }) => question)))
      if (answers.length !== set.length) throw new Error("questions were left without an answer")
      for (const [index, { resolve }] of set.entries()) resolve(answers[index] as Answer)
    } catch (error) {
      if (set.length > 1 && !failsAll(error)) for (const one of set) await ask([one])
      else for (const { reject } of set) reject(error)
    }
  }

  return async (question) => {
    if (waiting.length >= waitingMax) throw unavailable("Too much waits. Try again.")
    return await new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject })
      flights.depart()
    })
  }
}

import { once } from "node:events"
import path from "node:path"
import { Worker } from "node:worker_threads"

import { z } from "zod"

import { defineTool } from "./define-tool.ts"

const runMsMax = 500
/** Loading the library takes a moment, on a busy machine several. */
const startMsMax = 20_000
const waitingMax = 50

const reply = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ value: z.string() }),
  z.object({ error: z.string() }),
])

let worker: Promise<Worker> | null = null
let waiting = 0
let last: Promise<unknown> = Promise.resolve()

/** Works an expression out, in a thread that is killed when it takes too long. */
export const calculate = defineTool({
  name: "calculate",
  description:
    "Works out a mathematical expression to 14 digits: arithmetic, percentages, powers, roots, trigonometry, statistics, matrices, units (“5 km to miles”). No assignments of functions, no text.",
  scope: "read",
  inputSchema: z.object({
    expression: z.string().min(1).max(1000).describe("For example: (12.5% of 80) + sqrt(2)"),
  }),
  summarizeArgs: ({ expression }) => `Calculate ${expression}`,
  async run({ expression }, { signal }) {
    const value = await evaluateExpression(expression, signal)
    return { summary: `= ${value}`, result: { expression, value } }
  },
})

/**
 * Evaluates one expression at a time, so that killing the worker stops only that evaluation.
 * @throws Error with a sentence for people
 */
export async function evaluateExpression(expression: string, signal: AbortSignal): Promise<string> {
  if (waiting >= waitingMax) throw new Error("The calculator is busy. Try again in a moment.")
  waiting += 1
  const turn = last.then(() => runExpression(expression, signal))
  last = turn.catch(() => undefined) // each caller sees its own failure
  try {
    return await turn
  } finally {
    waiting -= 1
  }
}

async function runExpression(expression: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted()
  worker ??= startWorker()
  const starting = worker
  try {
    const thread = await starting
    const limit = AbortSignal.any([signal, AbortSignal.timeout(runMsMax)])
    thread.ref()
    thread.postMessage(expression)
    const answer = reply.parse((await once(thread, "message", { signal: limit }))[0])
    thread.unref() // an idle calculator keeps no process alive
    if ("value" in answer) return answer.value
    throw new CalculationError("error" in answer ? `${answer.error}.` : "No answer.")
  } catch (error) {
    if (error instanceof CalculationError) throw error
    worker = null
    await starting.then((thread) => thread.terminate()).catch(() => undefined) // it never started
    signal.throwIfAborted()
    throw new Error("That takes too long, or too much memory, to calculate.", { cause: error })
  }
}

class CalculationError extends Error {}

async function startWorker(): Promise<Worker> {
  // By path from the project's root: bundlers do not carry a worker's file along.
  const file = path.join(process.cwd(), "lib", "models", "tools", "calculate-worker.ts")
  const thread = new Worker(file, {
    resourceLimits: { maxOldGenerationSizeMb: 128 },
    stdout: true,
    stderr: true,
    env: {},
  })
  // Without a listener a thread that runs out of memory would end the process.
  thread.on("error", () => {
    worker = null
  })
  await once(thread, "message", { signal: AbortSignal.timeout(startMsMax) })
  return thread
}

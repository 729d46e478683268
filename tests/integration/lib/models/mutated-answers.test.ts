import { afterAll, beforeAll, expect, it } from "vitest"

import { isModelError, type Models, type StepPart } from "#lib/models/step.ts"
import { play, type PlayedReply } from "#tests/support/model-script.ts"
import { startModelServer, type ModelServer } from "#tests/support/model-server.ts"
import { stepRequest, testModels, textOf, weatherTool } from "#tests/support/model-steps.ts"
import { harmful, harmless, soundStream, wholeText } from "#tests/support/mutate-stream.ts"
import { seededRandom } from "#tests/support/random.ts"

let server: ModelServer
let models: Models

beforeAll(async () => {
  server = await startModelServer()
  models = testModels(
    {
      OPENAI_COMPATIBLE_BASE_URL: server.url,
      OPENAI_API_KEY: "k",
      OPENAI_BASE_URL: server.url,
      ANTHROPIC_API_KEY: "k",
      ANTHROPIC_BASE_URL: server.url,
    },
    { limits: { silenceMs: 5_000, firstByteMs: 20_000 }, backoffMs: [1, 1] },
  )
})
afterAll(() => server.close())

async function run(model: string, reply: PlayedReply) {
  server.script(() => [play(reply)])
  const parts: StepPart[] = []
  try {
    const request = stepRequest("hello", { model, tools: [weatherTool] })
    for await (const part of models.streamStep(request)) parts.push(part)
    return { parts, text: textOf(parts), error: null }
  } catch (error) {
    return { parts, text: textOf(parts), error }
  }
}

const rounds = 100

it("an answer in any pieces, with any additions, gives the same result", async () => {
  for (let seed = 1; seed <= rounds; seed += 1) {
    const random = seededRandom(seed)
    const { format, events } = soundStream(random)
    const { parts, text, error } = await run(format.model, harmless(random, events))
    expect({ seed, text, error }).toEqual({ seed, text: wholeText, error: null })
    expect(parts.at(-1)).toMatchObject({ type: "finish", reason: "end" })
  }
})

it("an answer corrupted in any way ends, complete or with one ModelError", async () => {
  for (let seed = 1_001; seed <= 1_000 + rounds; seed += 1) {
    const random = seededRandom(seed)
    const { format, events } = soundStream(random)
    const { parts, error } = await run(format.model, harmful(random, events))
    const isWhole = error === null && parts.at(-1)?.type === "finish"
    expect({ seed, error, isSound: isWhole || isModelError(error) }).toMatchObject({
      isSound: true,
    })
    // A corrupted answer must not surface as a programming error.
    expect(`${seed} ${isModelError(error) ? String(error.cause) : ""}`).not.toMatch(
      /Cannot read|is not a|of undefined/,
    )
  }
})

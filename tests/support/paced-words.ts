import type { StepPart } from "#lib/models/step.ts"

import { finishPart } from "./studio.ts"

export const words = Array.from({ length: 200 }, (_, index) => `wört${index}🙂 `)

/** One word at a time, each in a separate append. */
export async function* paced(everyMs: number, texts = words): AsyncIterable<StepPart> {
  for (const text of texts) {
    yield { type: "text", text }
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  yield finishPart()
}

import { lastUserText, say, wait, type ModelAction } from "#tests/support/model-script.ts"

const tokensPerSecond = 200
export const streamSeconds = 10

/** `[long]` is paced; anything else is answered at once. */
export function* answer(
  _number: number,
  body: Parameters<typeof lastUserText>[0],
): Iterable<ModelAction> {
  yield say("First ")
  if (!lastUserText(body).includes("[long]")) return
  const perStep = tokensPerSecond / 50
  for (let token = 0; token < tokensPerSecond * streamSeconds; token += perStep) {
    yield say(Array.from({ length: perStep }, (_, offset) => tokenAt(token + offset)).join(""))
    yield wait(20)
  }
}

/** Typical model prose with emphasis, lists, code and tables. */
function tokenAt(index: number): string {
  const cycle = index % 400
  if (cycle === 0) return "\n\n## A part\n\n"
  if (cycle === 200) return "\n\n```ts\n"
  if (cycle === 300) return "\n```\n\n"
  if (cycle > 200 && cycle < 300) return cycle % 10 === 0 ? "\n" : ` value${cycle}`
  if (cycle > 340) return cycle % 15 === 0 ? "\n- item" : " words"
  return cycle % 20 === 10 ? " **bold**" : " word"
}

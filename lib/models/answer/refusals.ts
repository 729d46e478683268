import type { ModelError } from "#lib/models/step.ts"

import { CallFailure } from "./call-failure.ts"
import { codesIn, reasonIn, statusIn } from "./server-reason.ts"

/** Parts of histories that a model's server is not sent, for it has refused them. */
export interface LeftOut {
  /** Ids of attachments, or all pictures. */
  pictures: ReadonlySet<string> | "all"
  /** The model's earlier reasoning. */
  reasoning: boolean
  /** Text in the same message as calls. */
  wordsBesideCalls: boolean
}

/** Parts still in the request that could be left out. */
export interface Holds {
  /** Ids of the pictures in each message, the newest message first. */
  pictures: readonly (readonly string[])[]
  reasoning: boolean
  wordsBesideCalls: boolean
}

export function isLeftOut({ pictures }: LeftOut, attachmentId: string): boolean {
  return pictures === "all" || pictures.has(attachmentId)
}

export const nothingLeftOut: LeftOut = {
  pictures: new Set(),
  reasoning: false,
  wordsBesideCalls: false,
}

/** An installation may give the same name to a model that can see: then it is tried again. */
const keptMs = 60 * 60_000
const modelsMax = 500
/** The pictures of so many messages are left out one after the other, then all. */
const messagesAlone = 2
const picturesMax = 1_000

/**
 * Learned refusals per model. Lives in this process, so that only the first turn after a refusal
 * sends its request twice.
 */
export class Refusals {
  readonly #now: () => number
  readonly #known = new Map<string, { leftOut: LeftOut; atMs: number }>()

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  of(model: string): LeftOut {
    const known = this.#known.get(model)
    if (known === undefined) return nothingLeftOut
    if (this.#now() - known.atMs < keptMs) return known.leftOut
    this.#known.delete(model)
    return nothingLeftOut
  }

  remember(model: string, leftOut: LeftOut): void {
    if (this.#known.size >= modelsMax) this.#known.clear()
    const { pictures } = leftOut
    const isFull = pictures !== "all" && pictures.size > picturesMax
    this.#known.set(model, {
      leftOut: isFull
        ? { ...leftOut, pictures: new Set([...pictures].slice(-picturesMax)) }
        : leftOut,
      atMs: this.#now(),
    })
  }
}

const aboutPictures =
  /image|picture|photo|vision|multi-?modal|mmproj|media[ _-]?type|content\b.{0,40}\bstring|string\b.{0,20}\bcontent|unknown variant|invalid type|input_image/i
/** It is these pictures, not pictures. */
const aboutOne =
  /(?:could|can) ?not (?:process|decode|read|load|open|identify)|invalid[_ ]image|valid image|image is valid|image[_ ](?:format|type|size|data|dimension)|unsupported image|too (?:large|big|small|many pixels)|exceed|dimension|corrupt|truncated|download|pixels/i
const aboutAll =
  /support|not enabled|not available|cannot (?:see|handle)|unable to|at most 0|not a multi-?modal|mmproj|unknown variant|string|text[- ]only|does not (?:accept|take|have)|no (?:vision|image)/i

/**
 * Chooses the parts to leave out after a refusal; null when the refusal has another cause. If the
 * refusal names no cause, the newest pictures are left out: servers word it in many ways, and a
 * successful retry then confirms the cause.
 * @param code the error code of the refusal
 * @param before parts left out so far, and the number of refusals of this request
 */
export function afterRefusal(
  error: unknown,
  code: ModelError["code"],
  holds: Holds,
  before: { leftOut: LeftOut; refusals: number },
): LeftOut | null {
  if (!(error instanceof CallFailure)) return null
  const { kind, body, status = statusIn(body) } = error.facts
  if (kind !== "refused" && kind !== "reported") return null
  if (["context_too_long", "model_unauthorized", "model_rate_limited"].includes(code)) return null
  const all = `${codesIn(body)} ${reasonIn(body)}`
  const { leftOut, refusals } = before
  if (holds.wordsBesideCalls && /content (?:and|or) tool_?calls/i.test(all)) {
    return { ...leftOut, wordsBesideCalls: true }
  }
  if (holds.reasoning && /reasoning|thinking/i.test(all)) return { ...leftOut, reasoning: true }
  if (holds.pictures.length === 0) return null
  const isNamed = aboutPictures.test(all)
  if (!isNamed && (status === undefined || ![400, 404, 415, 422].includes(status))) return null
  if (isNamed && !aboutOne.test(all) && aboutAll.test(all)) return { ...leftOut, pictures: "all" }
  const known = leftOut.pictures === "all" ? [] : leftOut.pictures
  const newest = refusals < messagesAlone ? holds.pictures.slice(0, 1) : holds.pictures
  return { ...leftOut, pictures: new Set([...known, ...newest.flat()]) }
}

import type { LanguageModelV4Prompt } from "@ai-sdk/provider"

import {
  afterRefusal,
  type Holds,
  isLeftOut,
  type LeftOut,
  type Refusals,
} from "#lib/models/answer/refusals.ts"
import type { HistoryAttachment, HistoryMessage, ModelError } from "#lib/models/step.ts"

import { isImage } from "./attachment-parts.ts"

const namesMax = 3

/**
 * Tracks the parts of one request that its server may refuse: those left out from the start, and
 * those left out after each refusal. They are remembered once the server has answered without them.
 */
export class RefusableParts {
  readonly #refusals: Refusals
  readonly #model: string
  readonly #history: readonly HistoryMessage[]
  #leftOut: LeftOut
  /** Parts left out when the last answer came. */
  #before: LeftOut
  #count = 0
  #prompt: LanguageModelV4Prompt = []

  constructor(refusals: Refusals, model: string, history: readonly HistoryMessage[]) {
    this.#refusals = refusals
    this.#model = model
    this.#history = history
    this.#leftOut = refusals.of(model)
    this.#before = this.#leftOut
  }

  get leftOut(): LeftOut {
    return this.#leftOut
  }

  /** Which of the newest message's pictures the model is known not to read. */
  knownNotice(): string | null {
    const newest = this.#history.at(-1)
    if (newest?.role !== "user") return null
    return noticeOf(
      this.#leftOut,
      picturesIn(newest).filter((file) => this.#isLeft(file)),
    )
  }

  /** @returns whether the request is worth another try, without more of its parts */
  leaveOut(error: unknown, code: ModelError["code"]): boolean {
    const before = { leftOut: this.#leftOut, refusals: this.#count }
    const next = afterRefusal(error, code, this.#holds(), before)
    if (next === null) return false
    this.#leftOut = next
    this.#count += 1
    return true
  }

  /** The server answers. @returns which files it does so without, the first time */
  accepted(): string | null {
    const before = this.#before
    if (before === this.#leftOut) return null
    this.#before = this.#leftOut
    this.#refusals.remember(this.#model, this.#leftOut)
    const files = this.#history
      .flatMap(picturesIn)
      .filter((file) => this.#isLeft(file) && !isLeftOut(before, file.attachmentId))
    return noticeOf(this.#leftOut, files)
  }

  #isLeft(file: HistoryAttachment): boolean {
    return isLeftOut(this.#leftOut, file.attachmentId)
  }

  /** Records the prompt that was sent. */
  written(prompt: LanguageModelV4Prompt): void {
    this.#prompt = prompt
  }

  #holds(): Holds {
    const answers = this.#prompt.flatMap((message) =>
      message.role === "assistant" ? [message.content.map((part) => part.type)] : [],
    )
    return {
      pictures: this.#history
        .toReversed()
        .map((message) => picturesIn(message).filter((file) => !this.#isLeft(file)))
        .filter((files) => files.length > 0)
        .map((files) => files.map((file) => file.attachmentId)),
      reasoning: answers.some((types) => types.includes("reasoning")),
      wordsBesideCalls: answers.some(
        (types) => types.includes("text") && types.includes("tool-call"),
      ),
    }
  }
}

function picturesIn(message: HistoryMessage): HistoryAttachment[] {
  return message.role === "user"
    ? message.attachments.filter((file) => isImage(file.contentType))
    : []
}

function noticeOf({ pictures }: LeftOut, files: readonly HistoryAttachment[]): string | null {
  if (files.length === 0) return null
  const names = files.slice(0, namesMax).map((file) => file.filename)
  if (files.length > namesMax) names.push(`${files.length - namesMax} more`)
  const list = new Intl.ListFormat("en").format(names)
  const were = files.length === 1 ? "was" : "were"
  return pictures === "all"
    ? `This model does not read pictures: ${list} ${were} left out.`
    : `The model's server refused ${list}: it answers without.`
}

import type { SharedV4ProviderMetadata } from "@ai-sdk/provider"

import {
  type HistoryMessage,
  ModelError,
  type StepPart,
  type StepRequest,
} from "#lib/models/step.ts"
import type { AnswerSink, FinishWord, WireToolCall } from "#lib/models/wire/answer-sink.ts"

import { CallFailure } from "./call-failure.ts"
import { readCall, uniqueCallId } from "./called-tool.ts"
import { OpeningThoughts } from "./opening-thoughts.ts"
import { gatherNotes } from "./provider-notes.ts"

/** Context for reading an answer: its model, its request and its prices. */
export interface AnswerSource {
  /** `provider/name`, or `guide`. */
  id: string
  /** The provider's name for people. */
  title: string
  request: StepRequest
  /** Whether thoughts stand at the start of the text. */
  takesThoughts: boolean
  costOf(inputTokens: number | null, outputTokens: number | null): number | null
}

/** Converts the output of a wire format's reader into the parts of a step. */
export class AnswerReader implements AnswerSink {
  readonly #source: AnswerSource
  readonly #notes: ReturnType<typeof gatherNotes>
  readonly #opening: OpeningThoughts
  readonly #usedIds: Set<string>
  #parts: StepPart[] = []
  #hasText = false
  #hasReasoning = false
  #hasCalls = false
  #word: FinishWord | null = null
  #isDone = false
  #failure: { value: unknown } | null = null
  #inputTokens: number | null = null
  #outputTokens: number | null = null

  constructor(source: AnswerSource) {
    this.#source = source
    this.#notes = gatherNotes(source.id)
    this.#opening = new OpeningThoughts(source.takesThoughts)
    this.#usedIds = new Set(
      source.request.history.flatMap((message) =>
        message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : [],
      ),
    )
  }

  /** Text, a thought or a call has come: nothing is asked twice from then on. */
  get hasBegun(): boolean {
    return this.#hasText || this.#hasReasoning || this.#hasCalls || this.#opening.hasThoughts
  }

  /** The finish reason has arrived; only usage may follow. */
  get isFinished(): boolean {
    return this.#word !== null
  }

  get isDone(): boolean {
    return this.#isDone
  }

  get failure(): { value: unknown } | null {
    return this.#failure
  }

  /** The parts since the last call of this. */
  take(): readonly StepPart[] {
    const parts = this.#parts
    if (parts.length > 0) this.#parts = []
    return parts
  }

  text(text: string): void {
    const shown = this.#opening.push(text)
    if (shown !== "") this.#say(shown)
  }

  endText(metadata?: SharedV4ProviderMetadata): void {
    this.#notes.endText(metadata)
  }

  reasoning(id: string, text: string, metadata?: SharedV4ProviderMetadata): void {
    this.#hasReasoning = true
    this.#notes.reasoning(id, text, metadata)
  }

  hiddenReasoning(): void {
    this.#hasReasoning = true
  }

  toolCall(call: WireToolCall): void {
    const id = uniqueCallId(call.id, this.#usedIds)
    this.#notes.tool(id, call.metadata)
    this.#hasCalls = true
    this.#parts.push({ type: "tool_call", id, ...readCall(call, this.#source.request.tools) })
  }

  usage(inputTokens: number | null, outputTokens: number | null): void {
    this.#inputTokens = inputTokens ?? this.#inputTokens
    this.#outputTokens = outputTokens ?? this.#outputTokens
  }

  finish(word: FinishWord): void {
    if (this.#isDone) return
    // A late "stop" must not overwrite a more specific finish reason.
    if (this.#word === null || word !== "end") this.#word = word
  }

  fail(value: unknown): void {
    // An error after a complete answer does not invalidate it.
    const isWhole = this.#isDone || (this.#word !== null && this.#word !== "error")
    if (!isWhole) this.#failure ??= { value }
  }

  done(): void {
    this.#isDone = true
  }

  /**
   * The answer is over, and its wire format has handed out all it had.
   * @returns the last parts, `finish` among them
   * @throws ModelError or CallFailure where it is no answer
   */
  end(): readonly StepPart[] {
    const rest = this.#opening.end()
    if (rest !== "") this.#say(rest)
    if (this.#failure !== null) {
      throw new CallFailure({ kind: "reported", body: this.#failure.value })
    }
    this.#checkWhole()
    if (!this.#hasText && !this.#hasCalls) this.#checkSilent()
    this.#parts.push(this.#finishPart())
    return this.take()
  }

  #say(text: string): void {
    this.#hasText ||= text.trim() !== ""
    this.#notes.text(text.length)
    this.#parts.push({ type: "text", text })
  }

  #checkWhole(): void {
    const { title } = this.#source
    if (this.#word === "refused") {
      throw new ModelError(
        "model_refused_request",
        `${title} withheld the answer because of its content rules.`,
        false,
      )
    }
    if (this.#word === "error") throw new CallFailure({ kind: "reported", body: "" })
    if (this.#word === null && !this.#isDone) throw new CallFailure({ kind: "cut" })
    if (this.#word === null && !this.hasBegun) throw new CallFailure({ kind: "empty" })
  }

  /** Neither text nor a call has come. */
  #checkSilent(): void {
    const { title, request } = this.#source
    const hasThoughts = this.#hasReasoning || this.#opening.hasThoughts
    if (this.#word === "length") {
      if (!hasThoughts) throw contextTooLong()
      throw new ModelError(
        "model_bad_response",
        `${title} used up its output thinking and gave no answer. Try again, or ask for less at once.`,
        true,
      )
    }
    // After tools a model may have said before them all it wants to say.
    if (hasSpoken(request.history)) return
    throw new ModelError(
      "model_bad_response",
      hasThoughts
        ? `${title} thought, but gave no answer. Try again.`
        : `${title} ended its answer without a word. Try again.`,
      true,
    )
  }

  #finishPart(): StepPart {
    const providerMetadata = this.#notes.result()
    return {
      type: "finish",
      reason: this.#word === "length" ? "length" : this.#hasCalls ? "tools" : "end",
      usage: {
        model: this.#source.id,
        inputTokens: this.#inputTokens,
        outputTokens: this.#outputTokens,
        costUsd: this.#source.costOf(this.#inputTokens, this.#outputTokens),
      },
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
    }
  }
}

export function contextTooLong(cause?: unknown): ModelError {
  return new ModelError(
    "context_too_long",
    "The conversation is longer than this model can read. Start a new conversation, or choose a model with a larger context.",
    false,
    cause,
  )
}

/** Whether the model has said something since the newest message of a person. */
function hasSpoken(history: readonly HistoryMessage[]): boolean {
  const asked = history.findLastIndex((message) => message.role === "user")
  return history
    .slice(asked + 1)
    .some((message) => message.role === "assistant" && message.text.trim() !== "")
}

import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider"

import type { HistoryMessage, HistoryToolResult } from "#lib/models/step.ts"
import { isBlank } from "#lib/protocol/texts.ts"

import { toAssistantParts, type AssistantPart } from "./assistant-parts.ts"
import { CallIds } from "./call-ids.ts"
import { cleanJson, cleanText } from "./clean-json.ts"
import { safeToolName } from "./tool-names.ts"
import type { WriteOptions } from "./write-options.ts"

type UserHistory = Extract<HistoryMessage, { role: "user" }>
type AssistantHistory = Extract<HistoryMessage, { role: "assistant" }>
type UserPart = Extract<LanguageModelV4Message, { role: "user" }>["content"][number]

/** A call that was written and whose result is still to be. */
interface OpenCall {
  /** As the journal has it. */
  id: string
  sentId: string
  name: string
  result: HistoryToolResult | null
}

/** For models of our own: nothing that a model has said. */
const isNote = { studio: { note: true } }

/** Builds one prompt, message by message, within the vendors' rules for message order. */
export class PromptWriter {
  readonly #options: WriteOptions
  readonly #messages: LanguageModelV4Prompt = []
  readonly #ids = new CallIds()
  #open: OpenCall[] = []

  constructor(options: WriteOptions) {
    this.#options = options
  }

  user({ text, attachments }: UserHistory): void {
    this.#closeCalls()
    const parts: UserPart[] = attachments.flatMap(
      (attachment) => this.#options.attachments.get(attachment.attachmentId) ?? [],
    )
    if (!isBlank(text)) parts.push({ type: "text", text: cleanText(text) })
    this.#addUser(parts.length === 0 ? [{ type: "text", text: "(empty)" }] : parts)
  }

  assistant(message: AssistantHistory): void {
    this.#closeCalls()
    const calls = message.toolCalls.map((call) => ({
      ...call,
      name: safeToolName(call.name),
      sentId: this.#ids.next(call.id),
    }))
    const parts = toAssistantParts(message, calls, this.#options)
    // Skip an answer of thoughts alone; the next message takes its place.
    if (parts.length === 0) return
    this.#addAssistant(message.isNote === true ? parts.map(asNote) : parts)
    this.#open = calls.map(({ id, sentId, name }) => ({ id, sentId, name, result: null }))
  }

  results(results: readonly HistoryToolResult[]): void {
    for (const result of results) {
      const call = this.#open.find((open) => open.id === result.id && open.result === null)
      if (call !== undefined) call.result = result
    }
  }

  end(): LanguageModelV4Prompt {
    this.#closeCalls()
    const last = this.#messages.at(-1)
    if (last === undefined) this.#addUser([{ type: "text", text: "(empty)" }])
    else if (last.role === "assistant") this.#addUser([{ type: "text", text: "(Please go on.)" }])
    return this.#messages
  }

  /** All results of one answer stand together, directly after it. */
  #closeCalls(): void {
    if (this.#open.length === 0) return
    this.#messages.push({ role: "tool", content: this.#open.map(toResultPart) })
    this.#open = []
  }

  #addUser(parts: readonly UserPart[]): void {
    const last = this.#messages.at(-1)
    // Mistral's servers and templates take no user after a tool.
    if (last?.role === "tool") this.#addNote("(A new message came before the answer.)")
    const content = last?.role === "user" ? last.content : []
    if (last?.role !== "user") this.#messages.push({ role: "user", content })
    for (const part of parts) this.#addUserPart(content, part)
  }

  /** Texts become one: a server may take parts only beside a picture. The Guide knows its marks. */
  #addUserPart(content: UserPart[], part: UserPart): void {
    const last = content.at(-1)
    if (part.type !== "text" || this.#options.model === "guide") content.push(part)
    else if (last?.type === "text") last.text += `\n\n${part.text}`
    else content.push({ type: "text", text: part.text })
  }

  #addAssistant(parts: AssistantPart[]): void {
    const last = this.#messages.at(-1)
    if (last === undefined) {
      this.#addUser([{ type: "text", text: "(The messages before are left out.)" }])
    }
    if (last?.role !== "assistant") {
      this.#messages.push({ role: "assistant", content: parts })
      return
    }
    const first = parts[0]
    if (first?.type === "text") first.text = `\n\n${first.text}`
    last.content.push(...parts)
  }

  #addNote(text: string): void {
    this.#addAssistant([{ type: "text", text, providerOptions: isNote }])
  }
}

function asNote(part: AssistantPart): AssistantPart {
  return part.type === "text" ? { ...part, providerOptions: isNote } : part
}

function toResultPart({ sentId, name, result }: OpenCall): LanguageModelV4ToolResultPart {
  const value = result === null ? "outcome unknown" : cleanJson(result.result)
  const isError = result === null || result.isError
  return {
    type: "tool-result",
    toolCallId: sentId,
    toolName: name,
    output: { type: isError ? "error-json" : "json", value },
  }
}

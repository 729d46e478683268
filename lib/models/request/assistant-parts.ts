import type { LanguageModelV4Message, LanguageModelV4ToolCallPart } from "@ai-sdk/provider"

import { type ProviderNote, readNotes } from "#lib/models/answer/provider-notes.ts"
import type { HistoryMessage, HistoryToolCall } from "#lib/models/step.ts"
import { isBlank } from "#lib/protocol/texts.ts"

import { cleanJson, cleanText } from "./clean-json.ts"
import type { WriteOptions } from "./write-options.ts"

type AssistantHistory = Extract<HistoryMessage, { role: "assistant" }>
export type AssistantPart = Extract<
  LanguageModelV4Message,
  { role: "assistant" }
>["content"][number]

interface SentCall extends HistoryToolCall {
  sentId: string
}

/**
 * One answer's text, calls and provider state, without blank text. Empty when it has neither text
 * nor calls, because vendors reject messages with thoughts alone.
 */
export function toAssistantParts(
  message: AssistantHistory,
  calls: readonly SentCall[],
  { model, without }: WriteOptions,
): AssistantPart[] {
  // The same id twice is two calls: each is written in its turn.
  const left = [...calls]
  const parts: AssistantPart[] = []
  let from = 0
  const notes = fitNotes(readNotes(message.providerMetadata, model)?.parts ?? [], message.text)
  for (const note of notes) {
    if (note.type === "text") {
      const text = message.text.slice(from, from + note.length)
      from += note.length
      addText(parts, text, note)
    } else if (note.type === "reasoning") {
      // Chat completions have a field for the words alone; elsewhere a seal may stand without any.
      const isChat = model.startsWith("openai-compatible/")
      const isEmpty = isBlank(note.text) && (isChat || note.metadata === undefined)
      if (without?.reasoning === true || isEmpty) continue
      parts.push({ type: "reasoning", text: cleanText(note.text), ...options(note) })
    } else {
      const at = left.findIndex((call) => call.id === note.id)
      const [call] = at === -1 ? [] : left.splice(at, 1)
      if (call !== undefined) parts.push({ ...toCallPart(call), ...options(note) })
    }
  }
  for (const call of left) parts.push(toCallPart(call))
  return withoutStrays(parts, without?.wordsBesideCalls === true)
}

/** Blank text is refused; between two texts it is only their gap. */
function addText(parts: AssistantPart[], text: string, note: ProviderNote): void {
  const clean = cleanText(text)
  const last = parts.at(-1)
  if (isBlank(clean)) {
    if (last?.type === "text") last.text += clean
  } else parts.push({ type: "text", text: clean, ...options(note) })
}

/** Thoughts that nothing follows belong to no item, and no vendor takes them at the end. */
function withoutStrays(parts: readonly AssistantPart[], withoutWords: boolean): AssistantPart[] {
  const hasCalls = parts.some((part) => part.type === "tool-call")
  const kept = withoutWords && hasCalls ? parts.filter((part) => part.type !== "text") : parts
  const end = kept.findLastIndex((part) => part.type !== "reasoning")
  return kept.slice(0, end + 1)
}

/** Text that was changed after the provider sent it no longer matches its marks: they go. */
function fitNotes(notes: readonly ProviderNote[], text: string): readonly ProviderNote[] {
  const noted = notes.reduce((sum, note) => sum + (note.type === "text" ? note.length : 0), 0)
  if (noted === text.length) return notes
  const firstShown = notes.findIndex((note) => note.type !== "reasoning")
  const at = firstShown === -1 ? notes.length : firstShown
  return [
    ...notes.slice(0, at),
    { type: "text", length: text.length },
    ...notes.slice(at).filter((note) => note.type !== "text"),
  ]
}

function toCallPart({ sentId, name, args }: SentCall): LanguageModelV4ToolCallPart {
  const input = cleanJson(args)
  return {
    type: "tool-call",
    toolCallId: sentId,
    toolName: name,
    // Models can send any JSON as arguments; vendors accept only objects in a history.
    input:
      typeof input === "object" && input !== null && !Array.isArray(input)
        ? input
        : { args: input },
  }
}

function options(note: ProviderNote) {
  return note.metadata === undefined ? {} : { providerOptions: note.metadata }
}

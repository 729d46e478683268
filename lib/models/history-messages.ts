import type {
  JSONValue,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider"

import type { AttachmentParts } from "./attachment-parts.ts"
import { type ProviderNote, readNotes } from "./provider-notes.ts"
import type { HistoryMessage, HistoryToolCall, HistoryToolResult } from "./step.ts"

type AssistantHistory = Extract<HistoryMessage, { role: "assistant" }>
type AssistantPart = Extract<LanguageModelV4Message, { role: "assistant" }>["content"][number]

/**
 * A history in the SDK's words. A call without a result gets one that says so: vendors refuse the
 * whole history otherwise.
 * @param model `provider/name`: only its own notes are handed back to a provider
 */
export function toPrompt(
  history: readonly HistoryMessage[],
  model: string,
  attachments: AttachmentParts,
): LanguageModelV4Prompt {
  const messages: LanguageModelV4Prompt = []
  const vendorIds = new Map<string, string>()
  let open = new Map<string, string>()
  const addResults = (results: readonly HistoryToolResult[]) => {
    if (results.length === 0) return
    messages.push({ role: "tool", content: results.map((r) => toResultPart(r, vendorIds)) })
  }
  const closeOpenCalls = () => {
    addResults(
      [...open].map(([id, name]) => ({ id, name, isError: true, result: "outcome unknown" })),
    )
    open = new Map()
  }
  for (const message of history) {
    switch (message.role) {
      case "user": {
        closeOpenCalls()
        const parts = message.attachments.flatMap((a) => attachments.get(a.attachmentId) ?? [])
        const text = message.text === "" && parts.length === 0 ? "(empty)" : message.text
        messages.push({
          role: "user",
          content: text === "" ? parts : [...parts, { type: "text", text }],
        })
        break
      }
      case "assistant": {
        closeOpenCalls()
        const content = toAssistantParts(message, model, vendorIds)
        if (content.length > 0) messages.push({ role: "assistant", content })
        open = new Map(message.toolCalls.map((call) => [call.id, call.name]))
        break
      }
      case "tool": {
        addResults(message.results.filter((result) => open.delete(result.id)))
        break
      }
    }
  }
  closeOpenCalls()
  return messages
}

function toAssistantParts(
  message: AssistantHistory,
  model: string,
  vendorIds: Map<string, string>,
): AssistantPart[] {
  const calls = new Map(message.toolCalls.map((call) => [call.id, call]))
  const notes = fitNotes(readNotes(message.providerMetadata, model)?.parts ?? [], message.text)
  const parts: AssistantPart[] = []
  let from = 0
  for (const note of notes) {
    if (note.type === "text") {
      const text = message.text.slice(from, from + note.length)
      from += note.length
      if (text !== "") parts.push({ type: "text", text, ...options(note) })
    } else if (note.type === "reasoning") {
      parts.push({ type: "reasoning", text: note.text, ...options(note) })
    } else {
      const call = calls.get(note.id)
      if (call === undefined) continue
      calls.delete(note.id)
      if (note.vendorId !== undefined) vendorIds.set(note.id, note.vendorId)
      parts.push({ ...toCallPart(call, vendorIds), ...options(note) })
    }
  }
  for (const call of calls.values()) parts.push(toCallPart(call, vendorIds))
  return parts
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

function toCallPart(
  call: HistoryToolCall,
  vendorIds: ReadonlyMap<string, string>,
): LanguageModelV4ToolCallPart {
  const { args } = call
  return {
    type: "tool-call",
    toolCallId: vendorIds.get(call.id) ?? call.id,
    toolName: call.name,
    // What a model sent as arguments may be anything; vendors take back only objects.
    input: typeof args === "object" && args !== null && !Array.isArray(args) ? args : { args },
  }
}

function options(note: ProviderNote) {
  return note.metadata === undefined ? {} : { providerOptions: note.metadata }
}

function toResultPart(
  { id, name, isError, result }: HistoryToolResult,
  vendorIds: ReadonlyMap<string, string>,
): LanguageModelV4ToolResultPart {
  return {
    type: "tool-result",
    toolCallId: vendorIds.get(id) ?? id,
    toolName: name,
    output: { type: isError ? "error-json" : "json", value: toJson(result) },
  }
}

/** Results come from the journal, so they are JSON; only `undefined` has no place in it. */
function toJson(value: unknown): JSONValue {
  return value === undefined ? null : (value as JSONValue)
}

import type { LanguageModelV4CallOptions, LanguageModelV4ToolResultPart } from "@ai-sdk/provider"
import { z } from "zod"

import { readTimeZone } from "#lib/protocol/model-briefing.ts"

export interface GuideAttachment {
  id: string
  filename: string
}

export interface GuideToolResult {
  name: string
  isError: boolean
  value: unknown
}

/** The parts of a prompt that the Guide uses. */
export interface GuidePrompt {
  /** The newest message of the person. */
  text: string
  /** Its attachments. */
  attachments: GuideAttachment[]
  /** Attachments of the messages before it, newest last. */
  earlierAttachments: GuideAttachment[]
  /** Results of the tools that were asked for since. */
  results: GuideToolResult[]
  /** Nothing was answered yet in this conversation. */
  isFirst: boolean
  tools: ReadonlySet<string>
  /** The person's, where it is known. */
  timeZone: string | null
}

type Prompt = LanguageModelV4CallOptions["prompt"]
type UserMessage = Extract<Prompt[number], { role: "user" }>
type AssistantMessage = Extract<Prompt[number], { role: "assistant" }>

const attachmentMark = z.object({
  studio: z.object({ attachment: z.object({ id: z.string(), filename: z.string() }) }),
})

/** Extracts the newest message, and the tool results since, from a prompt. */
export function readPrompt({ prompt, tools }: LanguageModelV4CallOptions): GuidePrompt {
  const at = prompt.findLastIndex((message) => message.role === "user")
  const [system] = prompt
  const newest = prompt[at]
  const earlier = prompt.slice(0, Math.max(0, at))
  const { text, attachments } = newest?.role === "user" ? readUser(newest) : emptyMessage
  return {
    text,
    attachments,
    earlierAttachments: earlier.flatMap((message) =>
      message.role === "user" ? readUser(message).attachments : [],
    ),
    results: prompt
      .slice(at + 1)
      .flatMap((message) => (message.role === "tool" ? message.content : []))
      .flatMap((part) => (part.type === "tool-result" ? [readResult(part)] : [])),
    isFirst: !earlier.some((message) => message.role === "assistant" && !isNote(message)),
    tools: new Set(tools?.map((tool) => tool.name)),
    timeZone: system?.role === "system" ? readTimeZone(system.content) : null,
  }
}

const emptyMessage = { text: "", attachments: [] as GuideAttachment[] }

function readUser(message: UserMessage): { text: string; attachments: GuideAttachment[] } {
  const attachments: GuideAttachment[] = []
  const texts: string[] = []
  for (const part of message.content) {
    const mark = attachmentMark.safeParse(part.providerOptions)
    if (mark.success) attachments.push(mark.data.studio.attachment)
    else if (part.type === "text") texts.push(part.text)
  }
  return { text: texts.join("\n").trim(), attachments }
}

/** Notes that Studio wrote in place of an answer do not count as answers. */
function isNote({ content }: AssistantMessage): boolean {
  return content.every((part) => part.providerOptions?.["studio"]?.["note"] === true)
}

function readResult({ toolName, output }: LanguageModelV4ToolResultPart): GuideToolResult {
  return {
    name: toolName,
    isError: output.type === "error-json" || output.type === "error-text",
    value: "value" in output ? output.value : null,
  }
}

import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4, LanguageModelV4FunctionTool } from "@ai-sdk/provider"

import { loadAttachmentParts } from "#lib/models/request/attachment-parts.ts"
import { toPrompt } from "#lib/models/request/history-messages.ts"
import type { HistoryMessage } from "#lib/models/step.ts"

class Written extends Error {
  readonly body: unknown

  constructor(body: unknown) {
    super("written")
    this.body = body
  }
}

/** Captures the request that an SDK provider would send. */
async function capture(_url: unknown, init?: RequestInit): Promise<Response> {
  throw new Written(typeof init?.body === "string" ? JSON.parse(init.body) : null)
}

const options = { apiKey: "key", baseURL: "http://127.0.0.1:1/v1", fetch: capture }
const compatible = createOpenAICompatible({ ...options, name: "openai-compatible" })
const openai = createOpenAI(options)
const anthropic = createAnthropic(options)
const openers: Record<string, (name: string) => LanguageModelV4> = {
  "openai-compatible": (name) => compatible(name),
  openai: (name) => openai(name),
  anthropic: (name) => anthropic(name),
}

const tools: LanguageModelV4FunctionTool[] = ["weather", "calculate"].map((name) => ({
  type: "function",
  name,
  description: "A tool.",
  inputSchema: { type: "object", properties: { city: { type: "string" } } },
}))

/** The HTTP body by which a history would reach the provider of `model`. */
export async function writtenBody(
  model: string,
  history: readonly HistoryMessage[],
  hasTools: boolean,
): Promise<unknown> {
  const [provider = "", name = ""] = model.split("/")
  const attachments = await loadAttachmentParts(history, { isInline: true })
  const prompt = toPrompt(history, { model, attachments, hasTools })
  try {
    await openers[provider]?.(name).doStream({
      prompt: [{ role: "system", content: "Be brief." }, ...prompt],
      providerOptions: { openai: { store: false } },
      ...(hasTools ? { tools, toolChoice: { type: "auto" } } : {}),
    })
  } catch (error) {
    const written = writtenIn(error)
    if (written === null) throw error
    return written.body
  }
  throw new Error("nothing was written")
}

function writtenIn(error: unknown): Written | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    if (inner instanceof Written) return inner
  }
  return null
}

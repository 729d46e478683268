import { anthropicFaults } from "./strict-anthropic.ts"
import { chatFaults } from "./strict-chat.ts"
import { responsesFaults } from "./strict-responses.ts"
import { checkStrings, isRecord } from "./strict-rules.ts"

/** `chat`: OpenAI-compatible chat completions; `responses`: OpenAI; `messages`: Anthropic. */
export type WireFormat = "chat" | "responses" | "messages"

/**
 * The violated rules of strict providers, one sentence each; empty when every provider of the
 * format accepts the request. `chat` combines the rules of OpenAI, Mistral, Gemini's compatible
 * endpoint, DeepSeek and servers with a chat template (vLLM, llama.cpp), so a passing body
 * satisfies the strictest of them.
 */
export function strictFaults(format: WireFormat, body: unknown): string[] {
  const faults: string[] = []
  const say = (fault: string) => faults.push(`${format}: ${fault}`)
  if (!isRecord(body)) return [`${format}: the body is no object`]
  checkStrings(body, say)
  if (typeof body["model"] !== "string" || body["model"] === "") say("`model` is missing")
  if (format === "chat") chatFaults(body, say)
  else if (format === "responses") responsesFaults(body, say)
  else anthropicFaults(body, say)
  return faults
}

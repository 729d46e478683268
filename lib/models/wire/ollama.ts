import type { AnswerSink } from "./answer-sink.ts"
import type { ChatToolCalls } from "./chat-tool-calls.ts"
import { countIn, field, isRecord, recordIn, textIn } from "./json.ts"

/**
 * A line of Ollama's own API, which answers where its base URL was given without `/v1`.
 * @returns whether it is one
 */
export function readOllamaLine(value: unknown, sink: AnswerSink, calls: ChatToolCalls): boolean {
  if (!isRecord(value) || typeof value["done"] !== "boolean") return false
  const message = recordIn(value, "message")
  const thought = textIn(message, "thinking") ?? textIn(value, "thinking")
  if (thought !== undefined) sink.reasoning("0", thought)
  const text = textIn(message, "content") ?? textIn(value, "response")
  if (text !== undefined) sink.text(text)
  calls.read(field(message, "tool_calls"))
  if (!value["done"]) return true
  sink.usage(countIn(value, "prompt_eval_count"), countIn(value, "eval_count"))
  sink.finish(value["done_reason"] === "length" ? "length" : "end")
  return true
}

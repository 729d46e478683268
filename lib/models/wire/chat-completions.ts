import type { AnswerSink, FinishWord, WireReader } from "./answer-sink.ts"
import { ChatToolCalls } from "./chat-tool-calls.ts"
import {
  countIn,
  field,
  idIn,
  isRecord,
  type JsonRecord,
  listIn,
  recordIn,
  textIn,
} from "./json.ts"
import { readOllamaLine } from "./ollama.ts"

/**
 * OpenAI's chat completions, as the servers that claim to speak it write them: streamed deltas, a
 * whole completion at once, the older `text` and `function_call`, and Ollama's own lines.
 */
export function readChatCompletions(sink: AnswerSink): WireReader {
  const calls = new ChatToolCalls(sink)
  let hasDeltas = false

  function readChoice(choice: JsonRecord): void {
    const delta = recordIn(choice, "delta")
    if (delta !== undefined) {
      if (readMessage(delta, sink, calls)) hasDeltas = true
    } else if (!hasDeltas) {
      // Some repeat the whole message behind its deltas.
      const message = recordIn(choice, "message")
      if (message !== undefined) readMessage(message, sink, calls)
      else readContent(choice["text"], sink)
    }
    const word = choice["finish_reason"]
    const error = choice["error"]
    if (isError(error)) sink.fail(error)
    else if (typeof word === "string" && word !== "") sink.finish(finishWord(word))
  }

  return {
    read(value) {
      const hasUsage = readUsage(value, sink)
      const error = errorOf(value)
      if (error !== undefined) sink.fail(error)
      const choices = field(value, "choices")
      if (!Array.isArray(choices)) {
        return readOllamaLine(value, sink, calls) || hasUsage || error !== undefined
      }
      for (const choice of choices) {
        if (isRecord(choice) && isFirst(choice["index"])) readChoice(choice)
      }
      return true
    },
    end: () => calls.end(),
  }
}

/** An answer is one choice; servers that write no index write only that one. */
function isFirst(index: unknown): boolean {
  return typeof index === "number" || typeof index === "string" ? !(Number(index) > 0) : true
}

/** @returns whether there was anything in it */
function readMessage(message: JsonRecord, sink: AnswerSink, calls: ChatToolCalls): boolean {
  const thought = readThought(message["reasoning_content"]) ?? readThought(message["reasoning"])
  if (thought !== undefined) sink.reasoning("0", thought)
  const said = readContent(message["content"], sink)
  // A model's own refusal stands where its text would.
  const refused = readContent(message["refusal"], sink)
  const called = calls.read(message["tool_calls"]) || calls.readLegacy(message["function_call"])
  return thought !== undefined || said || refused || called
}

function readThought(value: unknown): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value
  return textIn(value, "text") ?? textIn(value, "content")
}

function readContent(content: unknown, sink: AnswerSink): boolean {
  if (typeof content === "string") {
    if (content !== "") sink.text(content)
    return content !== ""
  }
  if (!Array.isArray(content)) return false
  let hasAny = false
  for (const part of content) {
    if (field(part, "type") === "thinking") {
      const thought = readThinkingPart(part)
      if (thought !== "") sink.reasoning("0", thought)
      hasAny ||= thought !== ""
    } else {
      const text = typeof part === "string" ? part : (textIn(part, "text") ?? "")
      if (text !== "") sink.text(text)
      hasAny ||= text !== ""
    }
  }
  return hasAny
}

/** Mistral's: a list of texts, or a text. */
function readThinkingPart(part: unknown): string {
  const thinking = field(part, "thinking")
  if (typeof thinking === "string") return thinking
  return listIn(part, "thinking")
    .map((piece) => textIn(piece, "text") ?? "")
    .join("")
}

function readUsage(value: unknown, sink: AnswerSink): boolean {
  const usage = recordIn(value, "usage") ?? recordIn(recordIn(value, "x_groq"), "usage")
  if (usage === undefined) return false
  sink.usage(countIn(usage, "prompt_tokens"), countIn(usage, "completion_tokens"))
  const details = recordIn(usage, "completion_tokens_details")
  if ((countIn(details, "reasoning_tokens") ?? 0) > 0) sink.hiddenReasoning()
  return true
}

/** The error that a value of a stream reports, in any of the shapes servers have for it. */
export function errorOf(value: unknown): unknown {
  if (!isRecord(value)) return undefined
  if (isError(value["error"])) return value["error"]
  if (value["object"] === "error" || value["type"] === "error") return value
  if (value["choices"] !== undefined || value["type"] !== undefined) return undefined
  const isBare =
    typeof value["detail"] === "string" ||
    (typeof value["message"] === "string" && idIn(value, "code") !== undefined)
  return isBare ? value : undefined
}

/** Maximum nesting of error lists; deeper ones are ignored. */
const errorListsMax = 5

function isError(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return value.trim() !== ""
  if (Array.isArray(value)) {
    return depth < errorListsMax && value.some((part) => isError(part, depth + 1))
  }
  return isRecord(value) && Object.values(value).some((part) => part !== null && part !== "")
}

const lengthWords =
  /^(?:length|max_?(?:output_?|completion_?)?(?:tokens|length)|model_length|token_limit)$/i
const refusedWords =
  /^(?:content_?filter(?:ed)?|safety|recitation|blocklist|prohibited_content|spii|sensitive|image_safety|language|refusal)$/i
const errorWords =
  /^(?:error|network_error|abort(?:ed)?|failed|failure|cancelled|canceled|timeout|insufficient_system_resources?|malformed_function_call)$/i

/** Maps the vendors' finish reasons; an unknown one is a normal end. */
function finishWord(word: string): FinishWord {
  const bare = word.trim()
  if (lengthWords.test(bare)) return "length"
  if (refusedWords.test(bare)) return "refused"
  return errorWords.test(bare) ? "error" : "end"
}

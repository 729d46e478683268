import type { AnswerSink, FinishWord, WireReader } from "./answer-sink.ts"
import { errorOf } from "./chat-completions.ts"
import {
  countIn,
  field,
  idIn,
  isRecord,
  type JsonRecord,
  listIn,
  recordIn,
  textIn,
  writeJson,
} from "./json.ts"

interface Block {
  type: "text" | "thinking" | "tool_use" | "other"
  /** Of its thoughts, unique in the answer. */
  key: string
  id: string | undefined
  name: string
  input: string
}

/** Anthropic's Messages: blocks that begin, grow and stop, or a whole message at once. */
export function readMessages(sink: AnswerSink): WireReader {
  const reader = new MessagesReader(sink)
  return {
    read: (value) => reader.read(value),
    end: () => reader.end(),
  }
}

class MessagesReader {
  readonly #sink: AnswerSink
  readonly #blocks = new Map<string, Block>()
  #input: number | null = null
  #output: number | null = null

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  read(value: unknown): boolean {
    const error = errorOf(value)
    if (error !== undefined) this.#sink.fail(error)
    const index = idIn(value, "index") ?? "0"
    switch (field(value, "type")) {
      case "message_start":
        this.#readUsage(recordIn(recordIn(value, "message"), "usage"))
        return true
      case "content_block_start":
        this.#begin(index, recordIn(value, "content_block") ?? {})
        return true
      case "content_block_delta":
        this.#grow(index, recordIn(value, "delta") ?? {})
        return true
      case "content_block_stop":
        this.#stop(index)
        return true
      case "message_delta":
        this.#readUsage(recordIn(value, "usage"))
        this.#readStop(field(recordIn(value, "delta"), "stop_reason"))
        return true
      case "message_stop":
        this.#sink.done()
        return true
      case "message":
        this.#readWhole(value)
        return true
      default:
        return error !== undefined
    }
  }

  end(): void {
    for (const index of this.#blocks.keys()) this.#stop(index)
  }

  #begin(index: string, content: JsonRecord): void {
    this.#stop(index)
    const type = blockType(content["type"])
    this.#blocks.set(index, block(type, index, content))
    if (type === "text") this.#sink.text(textIn(content, "text") ?? "")
    else if (type === "thinking") {
      this.#sink.reasoning(index, textIn(content, "thinking") ?? "", signed(content))
    } else if (content["type"] === "redacted_thinking") {
      const redactedData = textIn(content, "data")
      if (redactedData === undefined) this.#sink.hiddenReasoning()
      else this.#sink.reasoning(index, "", { anthropic: { redactedData } })
    }
  }

  #grow(index: string, delta: JsonRecord): void {
    const open = this.#blocks.get(index)
    const type = delta["type"]
    const text = type === undefined || type === "text_delta" ? textIn(delta, "text") : undefined
    const thought = textIn(delta, "thinking")
    const signature = textIn(delta, "signature")
    // A block whose start was lost: its text is text all the same.
    if (text !== undefined && (open === undefined || open.type === "text")) this.#sink.text(text)
    if (thought !== undefined) this.#sink.reasoning(open?.key ?? index, thought)
    if (signature !== undefined && open?.type === "thinking") {
      this.#sink.reasoning(open.key, "", { anthropic: { signature } })
    }
    if (open?.type === "tool_use") open.input += textIn(delta, "partial_json") ?? ""
  }

  #stop(index: string): void {
    const open = this.#blocks.get(index)
    this.#blocks.delete(index)
    if (open?.type === "text") this.#sink.endText()
    if (open?.type === "tool_use") this.#sink.toolCall(open)
  }

  #readWhole(message: unknown): void {
    for (const [index, content] of listIn(message, "content").entries()) {
      if (!isRecord(content)) continue
      this.#begin(String(index), content)
      this.#stop(String(index))
    }
    this.#readUsage(recordIn(message, "usage"))
    this.#readStop(field(message, "stop_reason"))
  }

  #readUsage(usage: JsonRecord | undefined): void {
    if (usage === undefined) return
    this.#input = inputTokens(usage) ?? this.#input
    this.#output = countIn(usage, "output_tokens") ?? this.#output
    this.#sink.usage(this.#input, this.#output)
  }

  #readStop(reason: unknown): void {
    if (typeof reason !== "string" || reason === "") return
    this.#sink.finish(words.get(reason) ?? "end")
  }
}

function blockType(type: unknown): Block["type"] {
  return type === "text" || type === "thinking" || type === "tool_use" ? type : "other"
}

function block(type: Block["type"], key: string, content: JsonRecord): Block {
  // Whole calls come in the first event of some gateways; Anthropic's own has an empty object there.
  const input = recordIn(content, "input")
  return {
    type,
    key,
    id: idIn(content, "id"),
    name: textIn(content, "name") ?? "",
    input: input === undefined || Object.keys(input).length === 0 ? "" : writeJson(input),
  }
}

function signed(content: JsonRecord) {
  const signature = textIn(content, "signature")
  return signature === undefined ? undefined : { anthropic: { signature } }
}

/** Cache reads and cache writes count as input. */
function inputTokens(usage: JsonRecord): number | null {
  const fresh = countIn(usage, "input_tokens")
  if (fresh === null) return null
  const cached = countIn(usage, "cache_read_input_tokens") ?? 0
  return fresh + cached + (countIn(usage, "cache_creation_input_tokens") ?? 0)
}

const words: ReadonlyMap<string, FinishWord> = new Map<string, FinishWord>([
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["refusal", "refused"],
])

import type { SharedV4ProviderMetadata } from "@ai-sdk/provider"

import type { AnswerSink, WireReader } from "./answer-sink.ts"
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

interface Item {
  type: "message" | "reasoning" | "function_call"
  /** The id it had first: gateways change it between events. */
  id: string | undefined
  name: string
  callId: string | undefined
  input: string
  hasText: boolean
  isDone: boolean
  metadata: JsonRecord
}

/** OpenAI's Responses: items that are added, grow and are done, or a whole response at once. */
export function readResponses(sink: AnswerSink): WireReader {
  const reader = new ResponsesReader(sink)
  return {
    read: (value) => reader.read(value),
    end: () => reader.end(),
  }
}

class ResponsesReader {
  readonly #sink: AnswerSink
  readonly #items = new Map<string, Item>()

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  read(value: unknown): boolean {
    if (!isRecord(value)) return false
    const index = idIn(value, "output_index") ?? idIn(value, "item_id") ?? "0"
    switch (value["type"]) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        return this.#say(index, textIn(value, "delta"))
      case "response.output_item.added":
        return this.#add(index, recordIn(value, "item"))
      case "response.output_item.done":
        return this.#finishItem(index, recordIn(value, "item"))
      case "response.function_call_arguments.delta":
        return this.#grow(index, textIn(value, "delta"))
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        return this.#think(index, idIn(value, "summary_index") ?? "0", textIn(value, "delta"))
      case "response.completed":
      case "response.incomplete":
      case "response.done":
        return this.#finish(recordIn(value, "response"))
      case "response.failed":
        return this.#fail(recordIn(value, "response") ?? value)
      case "error":
        return this.#fail(errorOf(value))
      default:
        return this.#readOther(value)
    }
  }

  end(): void {
    for (const [index, item] of this.#items) this.#close(index, item)
  }

  #readOther(value: JsonRecord): boolean {
    if (value["object"] === "response") return this.#finish(value)
    const error = errorOf(value)
    if (error !== undefined) this.#sink.fail(error)
    return error !== undefined || String(value["type"]).startsWith("response.")
  }

  #item(index: string, type: Item["type"]): Item {
    const known = this.#items.get(index)
    if (known !== undefined) return known
    const item: Item = {
      type,
      id: undefined,
      name: "",
      callId: undefined,
      input: "",
      hasText: false,
      isDone: false,
      metadata: {},
    }
    this.#items.set(index, item)
    return item
  }

  #add(index: string, added: JsonRecord | undefined): true {
    const type = itemType(added)
    if (added === undefined || type === undefined) return true
    const item = this.#item(index, type)
    item.id ??= idIn(added, "id")
    if (type === "function_call") {
      item.callId ??= idIn(added, "call_id")
      if (item.name === "") item.name = textIn(added, "name") ?? ""
      item.metadata = { ...item.metadata, ...callMarks(added) }
    } else if (type === "reasoning") this.#think(index, "0", "", added)
    else item.metadata = { ...item.metadata, ...messageMarks(added) }
    return true
  }

  #say(index: string, delta: string | undefined): true {
    if (delta === undefined) return true
    this.#item(index, "message").hasText = true
    this.#sink.text(delta)
    return true
  }

  #grow(index: string, delta: string | undefined): true {
    if (delta !== undefined) this.#item(index, "function_call").input += delta
    return true
  }

  /** @param whole the item itself, when it says more than this piece of its summary */
  #think(index: string, part: string, delta: string | undefined, whole?: JsonRecord): true {
    const item = this.#item(index, "reasoning")
    if (delta !== undefined && delta !== "") item.hasText = true
    const itemId = item.id
    const sealed = textIn(whole, "encrypted_content")
    const metadata =
      itemId === undefined
        ? undefined
        : marks({
            itemId,
            ...(sealed === undefined ? {} : { reasoningEncryptedContent: sealed }),
          })
    this.#sink.reasoning(`${index}:${part}`, delta ?? "", metadata)
    return true
  }

  #finishItem(index: string, done: JsonRecord | undefined): true {
    this.#add(index, done)
    const item = this.#items.get(index)
    if (done === undefined || item === undefined || item.isDone) return true
    if (item.type === "message" && !item.hasText) this.#sink.text(contentOf(done))
    if (item.type === "reasoning") {
      if (!item.hasText) this.#think(index, "0", summaryOf(done), done)
    }
    if (item.type === "function_call") item.input = argumentsOf(done) ?? item.input
    this.#close(index, item)
    return true
  }

  #close(index: string, item: Item): void {
    if (item.isDone) return
    item.isDone = true
    if (item.type === "message") {
      this.#sink.endText(
        item.id === undefined ? undefined : marks({ itemId: item.id, ...item.metadata }),
      )
    } else if (item.type === "function_call") {
      this.#sink.toolCall({
        id: item.callId ?? item.id,
        name: item.name,
        input: item.input,
        ...(item.id === undefined
          ? {}
          : { metadata: marks({ itemId: item.id, ...item.metadata }) }),
      })
    }
    // An item that is done may come once more with the whole response.
    this.#items.set(index, item)
  }

  #finish(response: JsonRecord | undefined): true {
    for (const [index, item] of listIn(response, "output").entries()) {
      if (isRecord(item)) this.#finishItem(String(index), item)
    }
    this.#readUsage(response)
    if (response?.["status"] === "failed") return this.#fail(response)
    const reason = field(recordIn(response, "incomplete_details"), "reason")
    if (reason === "content_filter") this.#sink.finish("refused")
    else this.#sink.finish(typeof reason === "string" && reason !== "" ? "length" : "end")
    this.#sink.done()
    return true
  }

  #readUsage(response: JsonRecord | undefined): void {
    const usage = recordIn(response, "usage")
    if (usage === undefined) return
    this.#sink.usage(countIn(usage, "input_tokens"), countIn(usage, "output_tokens"))
    const details = recordIn(usage, "output_tokens_details")
    if ((countIn(details, "reasoning_tokens") ?? 0) > 0) this.#sink.hiddenReasoning()
  }

  #fail(value: unknown): true {
    this.#sink.fail(field(value, "error") ?? value ?? "error")
    return true
  }
}

function itemType(item: JsonRecord | undefined): Item["type"] | undefined {
  const type = item?.["type"]
  return type === "message" || type === "reasoning" || type === "function_call" ? type : undefined
}

function marks(values: JsonRecord): SharedV4ProviderMetadata {
  // Every value in it was read from JSON.
  return { openai: values } as SharedV4ProviderMetadata
}

function messageMarks(item: JsonRecord): JsonRecord {
  const phase = textIn(item, "phase")
  return phase === undefined ? {} : { phase }
}

function callMarks(item: JsonRecord): JsonRecord {
  const namespace = textIn(item, "namespace")
  return namespace === undefined ? {} : { namespace }
}

function contentOf(item: JsonRecord): string {
  return listIn(item, "content")
    .map((part) => textIn(part, "text") ?? textIn(part, "refusal") ?? "")
    .join("")
}

function summaryOf(item: JsonRecord): string {
  return listIn(item, "summary")
    .map((part) => textIn(part, "text") ?? "")
    .join("\n\n")
}

function argumentsOf(item: JsonRecord): string | undefined {
  const input = item["arguments"]
  if (isRecord(input)) return writeJson(input)
  return typeof input === "string" && input !== "" ? input : undefined
}

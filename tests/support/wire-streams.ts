/** Building blocks of the providers' event streams, for tests of exact input. */

export const event = (value: unknown, name?: string): string =>
  `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`

/** A chunk of chat completions: a text, or a delta. */
export const chunk = (delta: unknown): string =>
  event(chunkValue(typeof delta === "string" ? { content: delta } : delta))

export function chunkValue(delta: unknown, finishReason: unknown = null): Record<string, unknown> {
  return {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "test",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  }
}

export const ended = (word: unknown): string => event(chunkValue({}, word))

export const called = (index: unknown, id: unknown, name?: unknown, args?: unknown): string =>
  chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: args } }] })

export const done = "data: [DONE]\n\n"

export interface WireFormatStreams {
  model: string
  /** A whole valid response. */
  whole(...texts: string[]): string[]
  /** Everything before the first text, the texts, and everything after them. */
  start: string[]
  text(text: string): string
  end: string[]
  /** The answer ends at its token limit. */
  cutAtLimit: string[]
  thought(text: string): string[]
  call(id: string, name: string, args: string): string[]
  /** An error inside the response. */
  error(code: number | string, message: string): string
}

const chat: WireFormatStreams = {
  model: "openai-compatible/test",
  whole: (...texts) => [...texts.map(chunk), ended("stop"), done],
  start: [chunk({ role: "assistant", content: "" })],
  text: chunk,
  end: [ended("stop"), done],
  cutAtLimit: [ended("length"), done],
  thought: (text) => [chunk({ reasoning_content: text })],
  call: (id, name, args) => [called(0, id, name, ""), called(0, undefined, undefined, args)],
  error: (code, message) => event({ error: { code, message, type: "server_error" } }),
}

const typed = (value: { type: string; [key: string]: unknown }) => event(value, value.type)

const claudeStart = typed({
  type: "message_start",
  message: { id: "msg_1", type: "message", role: "assistant", usage: { input_tokens: 7 } },
})
const claudeStop = (reason: string) => [
  typed({ type: "message_delta", delta: { stop_reason: reason }, usage: { output_tokens: 5 } }),
  typed({ type: "message_stop" }),
]
const block = (index: number, value: object) =>
  typed({ type: "content_block_start", index, content_block: value })
const grown = (index: number, value: object) =>
  typed({ type: "content_block_delta", index, delta: value })
const closed = (index: number) => typed({ type: "content_block_stop", index })

const anthropic: WireFormatStreams = {
  model: "anthropic/test",
  whole: (...texts) => [
    claudeStart,
    block(0, { type: "text", text: "" }),
    ...texts.map((text) => grown(0, { type: "text_delta", text })),
    closed(0),
    ...claudeStop("end_turn"),
  ],
  start: [claudeStart],
  text: (text) =>
    `${block(1, { type: "text", text: "" })}${grown(1, { type: "text_delta", text })}`,
  end: [closed(1), ...claudeStop("end_turn")],
  cutAtLimit: claudeStop("max_tokens"),
  thought: (text) => [
    block(0, { type: "thinking", thinking: "" }),
    grown(0, { type: "thinking_delta", thinking: text }),
    grown(0, { type: "signature_delta", signature: "signed" }),
    closed(0),
  ],
  call: (id, name, args) => [
    block(2, { type: "tool_use", id, name, input: {} }),
    grown(2, { type: "input_json_delta", partial_json: args }),
    closed(2),
  ],
  error: (code, message) => typed({ type: "error", error: { type: String(code), message } }),
}

const openaiDone = (type: string, response: object) => [
  typed({ type: `response.${type}`, response: { id: "resp_1", ...response } }),
]
const openaiUsage = { input_tokens: 7, output_tokens: 5 }

const openai: WireFormatStreams = {
  model: "openai/test",
  whole: (...texts) => [
    ...openai.start,
    ...texts.map((text) => openai.text(text)),
    ...openaiDone("completed", { usage: openaiUsage }),
  ],
  start: [
    typed({ type: "response.created", response: { id: "resp_1", created_at: 1, model: "test" } }),
  ],
  text: (delta) =>
    typed({ type: "response.output_text.delta", item_id: "msg_1", output_index: 1, delta }),
  end: openaiDone("completed", { usage: openaiUsage }),
  cutAtLimit: openaiDone("incomplete", { incomplete_details: { reason: "max_output_tokens" } }),
  thought: (text) => [
    typed({
      type: "response.output_item.added",
      output_index: 0,
      item: { type: "reasoning", id: "rs_1", summary: [] },
    }),
    typed({
      type: "response.reasoning_summary_text.delta",
      item_id: "rs_1",
      output_index: 0,
      summary_index: 0,
      delta: text,
    }),
  ],
  call: (id, name, args) => [
    typed({
      type: "response.output_item.done",
      output_index: 2,
      item: { type: "function_call", id: `fc_${id}`, call_id: id, name, arguments: args },
    }),
  ],
  error: (code, message) => typed({ type: "error", code: String(code), message, param: null }),
}

export const wireFormats: readonly WireFormatStreams[] = [chat, anthropic, openai]

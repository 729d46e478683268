import { randomBytes } from "node:crypto"

/** The next action of a scripted model server. @see model-server.ts */
export type ModelAction =
  /** One chunk of text, unmodified: NUL and lone surrogates travel as JSON escapes. */
  | { type: "text"; text: string }
  /** Silence until the milliseconds have passed or the promise settles. */
  | { type: "wait"; until: number | Promise<unknown> }
  /** Tool calls; `args` as a string is sent unmodified, so it can be malformed. */
  | { type: "tools"; calls: readonly ScriptedToolCall[] }
  /** Destroys the socket. */
  | { type: "cut" }
  /** Ends the response cleanly but without a finish reason. */
  | { type: "end" }
  /** Refuses the call; only as the first action. */
  | { type: "status"; status: number; headers?: Record<string, string>; body?: unknown }
  /** Silence forever: as the first action not even headers. */
  | { type: "stall" }
  /** Raw bytes, for malformed lines. */
  | { type: "raw"; data: string }
  /** The whole response as raw bytes; only as the first action. */
  | { type: "play"; reply: PlayedReply }
  /** Ends the response; added automatically (with counted usage) when a script omits it. */
  | { type: "finish"; reason?: string; usage?: ModelServerUsage | null }

/** An HTTP response as a provider sends it, in separate pieces. */
export interface PlayedReply {
  status?: number
  /** Null = none. Default: an event stream. */
  contentType?: string | null
  headers?: Record<string, string>
  pieces: readonly (string | Uint8Array)[]
  /** Between two pieces. */
  pauseMs?: number
  /** After the last piece: a clean end, a destroyed socket, or silence. */
  ending?: "end" | "cut" | "stall"
}

export interface ScriptedToolCall {
  id?: string
  name: string
  args?: unknown
}

export interface ModelServerUsage {
  prompt_tokens: number
  completion_tokens: number
}

interface ChatMessage {
  role: string
  content?: unknown
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[]
  tool_call_id?: string
}

export interface ChatRequestBody {
  model: string
  stream?: boolean
  messages: ChatMessage[]
  tools?: { type: string; function: { name: string; parameters: unknown } }[]
  stream_options?: { include_usage?: boolean }
  [key: string]: unknown
}

/** `requestNumber` counts from 1. */
export type ModelScript = (
  requestNumber: number,
  body: ChatRequestBody,
) => Iterable<ModelAction> | AsyncIterable<ModelAction>

export const say = (text: string): ModelAction => ({ type: "text", text })
export const wait = (until: number | Promise<unknown>): ModelAction => ({ type: "wait", until })
export const callTools = (...calls: ScriptedToolCall[]): ModelAction => ({ type: "tools", calls })
export const finish = (reason?: string, usage?: ModelServerUsage | null): ModelAction => ({
  type: "finish",
  ...(reason === undefined ? {} : { reason }),
  ...(usage === undefined ? {} : { usage }),
})
export const refuse = (
  status: number,
  body?: unknown,
  headers: Record<string, string> = {},
): ModelAction => ({ type: "status", status, body, headers })

export const play = (reply: PlayedReply | string): ModelAction => ({
  type: "play",
  reply: typeof reply === "string" ? { pieces: [reply] } : reply,
})

/** The refusal of a history that exceeds the model's context. */
export const refuseContextLength = (): ModelAction =>
  refuse(400, {
    error: {
      message: "This model's maximum context length is 8192 tokens.",
      type: "invalid_request_error",
      code: "context_length_exceeded",
    },
  })

interface ScriptOptions {
  words?: number
  paceMs?: number
  tool?: string
  args?: unknown
}

export const modes = ["unique", "tool", "echo", "paced"] as const
type ModelServerMode = (typeof modes)[number]

/** The built-in scripts. `unique` never repeats an answer, even after a restart. */
export function builtInScript(mode: ModelServerMode, options: ScriptOptions = {}): ModelScript {
  const { words = 40, paceMs = 10 } = options
  switch (mode) {
    case "unique":
      return (requestNumber) =>
        paced(
          Array.from({ length: words }, (_, index) =>
            index === 0 ? `call-${requestNumber}-${randomBytes(4).toString("hex")}` : randomWord(),
          ),
          paceMs,
        )
    case "paced":
      return () =>
        paced(
          Array.from({ length: words }, (_, index) => `word${index + 1}`),
          paceMs,
        )
    case "echo":
      return (_, body) => paced(lastUserText(body).split(/(?<=\s)(?=\S)/), paceMs, "")
    case "tool":
      return (requestNumber, body) => toolScript(requestNumber, body, words, paceMs, options)
  }
}

/** Calls one tool, unless the turn already contains a tool's result; then answers. */
function* toolScript(
  requestNumber: number,
  body: ChatRequestBody,
  words: number,
  paceMs: number,
  options: ScriptOptions,
): Generator<ModelAction> {
  const sinceUser = body.messages.slice(body.messages.findLastIndex((m) => m.role === "user") + 1)
  const result = sinceUser.findLast((message) => message.role === "tool")
  if (result === undefined) {
    const name = options.tool ?? body.tools?.[0]?.function.name
    if (name !== undefined) {
      yield say("Let me look. ")
      yield callTools({ name, args: options.args ?? {} })
      return
    }
  }
  const heard = typeof result?.content === "string" ? result.content.slice(0, 200) : "nothing"
  yield* paced(
    [
      `answer-${requestNumber}-${randomBytes(4).toString("hex")}`,
      `tool-said: ${heard}`,
      ...Array.from({ length: words }, randomWord),
    ],
    paceMs,
  )
}

function* paced(words: readonly string[], paceMs: number, gap = " "): Generator<ModelAction> {
  for (const [index, word] of words.entries()) {
    if (index > 0 && paceMs > 0) yield wait(paceMs)
    yield say(index === 0 ? word : gap + word)
  }
}

function randomWord(): string {
  return randomBytes(2 + Math.floor(Math.random() * 3)).toString("hex")
}

/** The text of the newest user message of a request, for any form of its content. */
export function lastUserText(body: ChatRequestBody): string {
  const content = body.messages.findLast((message) => message.role === "user")?.content
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content
    .map((part: unknown) =>
      typeof part === "object" && part !== null && "text" in part ? String(part.text) : "",
    )
    .join("")
}

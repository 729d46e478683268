import type {
  LanguageModelV4,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider"
import { z } from "zod"

import { type AnswerSource, readAnswer } from "./read-answer.ts"
import { type AgentTool, ModelError, type StepPart } from "./step.ts"

export interface ModelCall extends AnswerSource {
  model: LanguageModelV4
  prompt: LanguageModelV4Prompt
  chunkTimeoutMs: number
}

/**
 * One call, without a retry: a provider of the AI SDK as it is, for each layer above it costs every
 * token. Ends early, without a `finish`, once the request's signal aborts. However it ends, the
 * vendor's socket is closed or its answer was read to the end.
 * @throws whatever the provider throws, and ModelError where the answer itself says what is wrong
 */
export async function* callModel(call: ModelCall): AsyncGenerator<StepPart, void, undefined> {
  const stop = new AbortController()
  const { request } = call
  try {
    const opening = call.model.doStream({
      prompt:
        request.instructions === ""
          ? call.prompt
          : [{ role: "system", content: request.instructions }, ...call.prompt],
      abortSignal: AbortSignal.any([request.signal, stop.signal]),
      providerOptions: { openai: { store: false } },
      ...(request.tools.length === 0
        ? {}
        : { tools: request.tools.map(declare), toolChoice: { type: "auto" } }),
      ...(request.outputTokensMax === undefined
        ? {}
        : { maxOutputTokens: request.outputTokensMax }),
    })
    const opened = await settle(opening, request.signal, call.chunkTimeoutMs)
    if (opened === "aborted") return
    if (opened === "stalled") throw stalled(call)
    const read = readAnswer(call)
    for await (const part of withinTime(opened.stream, call)) yield* read(part)
    if (!request.signal.aborted && !read.isFinished()) {
      throw new ModelError(
        "model_cut_off",
        `${call.title} stopped in the middle of its answer.`,
        true,
      )
    }
  } finally {
    stop.abort()
  }
}

/** Declared, never run: the driver runs tools after the call is committed. */
function declare({ name, description, inputSchema }: AgentTool): LanguageModelV4FunctionTool {
  return { type: "function", name, description, inputSchema: jsonSchemaOf(inputSchema) }
}

type JsonSchema = LanguageModelV4FunctionTool["inputSchema"]
const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>()

/** Made once for each tool: it takes longer than all else before a call. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema)
  if (known !== undefined) return known
  // The same by another name: zod's type is wider than the draft.
  const made = z.toJSONSchema(schema, { io: "input", target: "draft-7" }) as JsonSchema
  jsonSchemas.set(schema, made)
  return made
}

/** The parts of a stream, until it ends or the request aborts; no gap is longer than the limit. */
async function* withinTime<T>(
  stream: ReadableStream<T>,
  call: ModelCall,
): AsyncGenerator<T, void, undefined> {
  const { signal } = call.request
  const reader = stream.getReader()
  // Ends the read that waits, however long its source takes to notice.
  const cancel = () => void reader.cancel().catch(() => {})
  let isReading = false
  let isStalled = false
  const timer = setTimeout(() => {
    // Whoever takes the parts may take longer.
    if (!isReading) return
    isStalled = true
    cancel()
  }, call.chunkTimeoutMs)
  signal.addEventListener("abort", cancel, { once: true })
  try {
    while (!signal.aborted) {
      isReading = true
      timer.refresh()
      const next = await reader.read()
      isReading = false
      if (isStalled) throw stalled(call)
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener("abort", cancel)
    cancel()
  }
}

function stalled({ title, chunkTimeoutMs }: ModelCall): ModelError {
  const seconds = Math.round(chunkTimeoutMs / 1000)
  return new ModelError("model_stalled", `${title} sent nothing for ${seconds} seconds.`, true)
}

/** The promise's value, unless the signal or the time is first; it may then end as it likes. */
function settle<T>(next: PromiseLike<T>, signal: AbortSignal, ms: number) {
  const { promise, resolve, reject } = Promise.withResolvers<T | "aborted" | "stalled">()
  const timer = setTimeout(() => resolve("stalled"), ms)
  const onAbort = () => resolve("aborted")
  signal.addEventListener("abort", onAbort, { once: true })
  if (signal.aborted) onAbort()
  next.then(resolve, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener("abort", onAbort)
  })
}

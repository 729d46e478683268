import type { LanguageModelV4 } from "@ai-sdk/provider"
import { jsonSchema, type ModelMessage, streamText, type TextStreamPart, type ToolSet } from "ai"
import { z } from "zod"

import { newId } from "#lib/ids.ts"

import { gatherNotes } from "./provider-notes.ts"
import { type AgentTool, ModelError, type StepPart, type StepRequest } from "./step.ts"

export interface ModelCall {
  /** `provider/name`, or `guide`. */
  id: string
  /** The provider's name for people. */
  title: string
  model: LanguageModelV4
  messages: ModelMessage[]
  request: StepRequest
  chunkTimeoutMs: number
  costOf(inputTokens: number | null, outputTokens: number | null): number | null
}

type Chunk = TextStreamPart<ToolSet>

/**
 * One call, without a retry. Ends early, without a `finish`, once the request's signal aborts.
 * However it ends, the vendor's socket is closed or its answer was read to the end.
 * @throws whatever the SDK throws, and ModelError where the answer itself says what is wrong
 */
export async function* callModel(call: ModelCall): AsyncGenerator<StepPart, void, undefined> {
  const stop = new AbortController()
  try {
    const { stream } = streamText({
      model: call.model,
      messages: call.messages,
      tools: declareTools(call.request.tools),
      abortSignal: AbortSignal.any([call.request.signal, stop.signal]),
      // We retry ourselves, and only before anything was shown.
      maxRetries: 0,
      // Nobody listens to its events, and each copies and searches the whole request.
      telemetry: { isEnabled: false },
      // Errors also arrive as parts; without this the SDK prints them.
      onError: () => undefined,
      providerOptions: { openai: { store: false } },
      ...(call.request.instructions === "" ? {} : { instructions: call.request.instructions }),
      ...(call.request.outputTokensMax === undefined
        ? {}
        : { maxOutputTokens: call.request.outputTokensMax }),
    })
    const read = readAnswer(call)
    for await (const chunk of withinTime(stream, call)) yield* read(chunk)
    if (!call.request.signal.aborted && !read.isFinished()) {
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
function declareTools(tools: readonly AgentTool[]): ToolSet {
  return Object.fromEntries(
    tools.map((tool) => [
      tool.name,
      { description: tool.description, inputSchema: jsonSchemaOf(tool) },
    ]),
  )
}

const jsonSchemas = new WeakMap<AgentTool["inputSchema"], ReturnType<typeof jsonSchema>>()

/** Made once for each tool: it takes longer than all else before a call. */
function jsonSchemaOf({ inputSchema }: AgentTool): ReturnType<typeof jsonSchema> {
  const known = jsonSchemas.get(inputSchema)
  if (known !== undefined) return known
  const made = jsonSchema(z.toJSONSchema(inputSchema, { io: "input" }) as never)
  jsonSchemas.set(inputSchema, made)
  return made
}

/** The chunks of a stream, until it ends or the request aborts; no gap is longer than the limit. */
async function* withinTime(
  stream: AsyncIterable<Chunk>,
  { request, chunkTimeoutMs, title }: ModelCall,
): AsyncGenerator<Chunk, void, undefined> {
  const chunks = stream[Symbol.asyncIterator]()
  for (;;) {
    const next = await settle(chunks.next(), request.signal, chunkTimeoutMs)
    if (next === "aborted") return
    if (next === "stalled") {
      const seconds = Math.round(chunkTimeoutMs / 1000)
      throw new ModelError("model_stalled", `${title} sent nothing for ${seconds} seconds.`, true)
    }
    if (next.done === true) return
    yield next.value
  }
}

/** The promise's value, unless the signal or the time is first; it may then end as it likes. */
function settle<T>(next: Promise<T>, signal: AbortSignal, ms: number) {
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

function readAnswer(call: ModelCall) {
  const notes = gatherNotes(call.id)
  const usedIds = new Set(
    call.request.history.flatMap((message) =>
      message.role === "assistant" ? message.toolCalls.map(({ id }) => id) : [],
    ),
  )
  let isFinished = false
  let hasCalls = false

  function* read(chunk: Chunk): Generator<StepPart, void, undefined> {
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- the rest is the SDK's own
    switch (chunk.type) {
      case "text-delta":
        notes.text(chunk.text.length)
        if (chunk.text !== "") yield { type: "text", text: chunk.text }
        return
      case "text-end":
        return notes.endText(chunk.providerMetadata)
      case "reasoning-start":
      case "reasoning-end":
        return notes.reasoning(chunk.id, "", chunk.providerMetadata)
      case "reasoning-delta":
        return notes.reasoning(chunk.id, chunk.text, chunk.providerMetadata)
      case "tool-call": {
        const id = uniqueCallId(chunk.toolCallId, usedIds)
        notes.tool(id, chunk.toolCallId, chunk.providerMetadata)
        hasCalls = true
        yield { type: "tool_call", id, ...validateCall(chunk, call.request.tools) }
        return
      }
      case "finish-step":
        checkFinish(chunk, call.title)
        isFinished = true
        yield finishPart(chunk, call, hasCalls, notes.result())
        return
      case "error":
        throw chunk.error
      default:
        return
    }
  }
  return Object.assign(read, { isFinished: () => isFinished })
}

const usableId = /^[A-Za-z0-9_-]{1,64}$/

/** The vendor's id, unless it is one that this conversation has already seen or cannot carry. */
function uniqueCallId(vendorId: string, used: Set<string>): string {
  const id = usableId.test(vendorId) && !used.has(vendorId) ? vendorId : newId()
  used.add(id)
  return id
}

function validateCall(
  chunk: Extract<Chunk, { type: "tool-call" }>,
  tools: readonly AgentTool[],
): { name: string; args: unknown; invalid?: string } {
  const { toolName: name, input: args } = chunk
  const tool = tools.find((known) => known.name === name)
  if (tool === undefined) return { name, args, invalid: `There is no tool named ${name}.` }
  if (chunk.invalid === true) return { name, args, invalid: "The arguments are not valid JSON." }
  const checked = tool.inputSchema.safeParse(args)
  if (checked.success) return { name, args: checked.data }
  const faults = checked.error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`)
  return { name, args, invalid: `The arguments do not fit: ${faults.join("; ")}.` }
}

type FinishChunk = Extract<Chunk, { type: "finish-step" }>

function checkFinish({ finishReason, rawFinishReason }: FinishChunk, title: string): void {
  if (finishReason === "content-filter") {
    throw new ModelError(
      "model_refused_request",
      `${title} withheld the answer because of its content rules.`,
      false,
    )
  }
  if (finishReason === "error") {
    throw new ModelError("model_bad_response", `${title} ended its answer with an error.`, true)
  }
  if (
    finishReason === "interrupted" ||
    (finishReason === "other" && rawFinishReason === undefined)
  ) {
    throw new ModelError("model_cut_off", `${title} stopped in the middle of its answer.`, true)
  }
}

function finishPart(
  { finishReason, usage }: FinishChunk,
  call: ModelCall,
  hasCalls: boolean,
  providerMetadata: unknown,
): StepPart {
  const inputTokens = usage.inputTokens ?? null
  const outputTokens = usage.outputTokens ?? null
  return {
    type: "finish",
    reason: finishReason === "length" ? "length" : hasCalls ? "tools" : "end",
    usage: {
      model: call.id,
      inputTokens,
      outputTokens,
      costUsd: call.costOf(inputTokens, outputTokens),
    },
    ...(providerMetadata === undefined ? {} : { providerMetadata }),
  }
}

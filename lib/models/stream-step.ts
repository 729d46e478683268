import { setTimeout as sleep } from "node:timers/promises"

import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4Prompt,
} from "@ai-sdk/provider"
import { z } from "zod"

import { isBlank } from "#lib/protocol/texts.ts"

import { type AttachmentParts, loadAttachmentParts } from "./attachment-parts.ts"
import { ModelCall, type ModelCallOptions } from "./call-model.ts"
import { cleanText } from "./clean-json.ts"
import type { Guide } from "./guide/create-guide.ts"
import { toPrompt } from "./history-messages.ts"
import { isWorthRetrying, retryNotice, toModelError } from "./model-failure.ts"
import { publicAddress } from "./open-answer.ts"
import { Patience, type PatienceLimits } from "./patience.ts"
import { type Provider, type Providers, providerTitle } from "./providers.ts"
import { AnswerReader, type AnswerSource } from "./read-answer.ts"
import type { AgentTool, StepPart, StepRequest } from "./step.ts"
import { type WrittenRequest, writeRequest } from "./write-request.ts"

export interface StepSetup {
  defaultModel: string
  guide: Guide
  providers: Providers
  limits: PatienceLimits
  /** The waits before the second and the third try. */
  backoffMs: readonly number[]
  costOf(id: string, inputTokens: number | null, outputTokens: number | null): number | null
}

/** A server that asks for more patience than this gets an error the person sees now. */
const retryAfterMsMax = 30_000

/** One step of a model, tried again where nothing of an answer had come. @see Models.streamStep */
export async function* streamStep(
  request: StepRequest,
  setup: StepSetup,
): AsyncGenerator<StepPart, void, undefined> {
  const id = request.model ?? setup.defaultModel
  const title = providerTitle(id)
  const costOf: AnswerSource["costOf"] = (input, output) => setup.costOf(id, input, output)
  const source = { id, title, request, costOf, takesThoughts: id.startsWith("openai-compatible/") }
  if (id === "guide") return yield* streamGuide(source, setup.guide)
  const provider = setup.providers.open(id)
  const attachments = await loadAttachmentParts(request.history, {
    isInline: true,
    ...(request.attachmentTextMax === undefined ? {} : { textMax: request.attachmentTextMax }),
  })
  const { secrets } = setup.providers
  const written = await write(provider, source, attachments, secrets)
  const patience = new Patience(title, setup.limits)
  const options: ModelCallOptions = { ...source, wire: provider.wire, written, patience }
  for (let attempt = 0; ; attempt += 1) {
    const call = new ModelCall(options)
    try {
      for (let parts = await call.next(); parts !== null; parts = await call.next()) {
        for (const part of parts) yield part
      }
      return
    } catch (error) {
      call.close()
      if (request.signal.aborted) return
      const { hasBegun } = call
      const waitMs = hasBegun ? null : retryWaitMs(error, setup.backoffMs[attempt])
      if (waitMs === null || !isWorthRetrying(error) || waitMs >= patience.firstByteMsLeft()) {
        const address = publicAddress(written.url)
        throw toModelError(error, { provider, model: id, address, hasBegun, secrets })
      }
      patience.hasTold = true
      yield { type: "status", message: retryNotice(error, waitMs) }
      if (!(await sleptFor(waitMs, request.signal))) return
    } finally {
      call.close()
    }
  }
}

/** What the AI SDK sends for a request. @throws ModelError for a history it has no words for */
async function write(
  provider: Provider,
  { id, request }: AnswerSource,
  attachments: AttachmentParts,
  secrets: readonly string[],
): Promise<WrittenRequest> {
  const { tools, outputTokensMax } = request
  try {
    return await writeRequest(provider.model, {
      prompt: toInstructedPrompt(request, id, attachments),
      providerOptions: { openai: { store: false } },
      ...(tools.length === 0 ? {} : { tools: tools.map(declare), toolChoice: { type: "auto" } }),
      ...(outputTokensMax === undefined ? {} : { maxOutputTokens: outputTokensMax }),
    })
  } catch (error) {
    throw toModelError(error, { provider, model: id, address: "", hasBegun: false, secrets })
  }
}

function toInstructedPrompt(
  { instructions, history, tools }: StepRequest,
  id: string,
  attachments: AttachmentParts,
): LanguageModelV4Prompt {
  const prompt = toPrompt(history, { model: id, attachments, hasTools: tools.length > 0 })
  if (isBlank(instructions)) return prompt
  return [{ role: "system", content: cleanText(instructions) }, ...prompt]
}

/** Null when another try is pointless, or later than a person would wait. */
function retryWaitMs(error: unknown, backoffMs: number | undefined): number | null {
  if (backoffMs === undefined || !isWorthRetrying(error)) return null
  const asked = error.facts.retryAfterMs ?? 0
  if (asked > retryAfterMsMax) return null
  return Math.max(asked, backoffMs * (1 + Math.random() / 4))
}

async function sleptFor(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal })
    return true
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

async function* streamGuide(
  source: AnswerSource,
  guide: Guide,
): AsyncGenerator<StepPart, void, undefined> {
  const { request } = source
  const answer = new AnswerReader(source)
  const attachments = await loadAttachmentParts(request.history, { isInline: false })
  const options: LanguageModelV4CallOptions = {
    prompt: toInstructedPrompt(request, source.id, attachments),
    abortSignal: request.signal,
    tools: request.tools.map(declare),
  }
  try {
    for await (const part of guide(options)) {
      if ("text" in part) answer.text(part.text)
      else answer.toolCall(part.call)
      yield* answer.take()
      if (request.signal.aborted) return
    }
  } catch (error) {
    if (request.signal.aborted) return
    throw error
  }
  answer.finish("end")
  yield* answer.end()
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

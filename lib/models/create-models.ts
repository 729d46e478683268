import { setTimeout as sleep } from "node:timers/promises"

import { APICallError, type LanguageModelV4 } from "@ai-sdk/provider"

import type { Env } from "#lib/env.ts"
import type { Log } from "#lib/log.ts"

import { loadAttachmentParts } from "./attachment-parts.ts"
import { callModel, type ModelCall } from "./call-model.ts"
import type { GuideSetup } from "./guide/compose-answer.ts"
import { createGuide } from "./guide/create-guide.ts"
import { toPrompt } from "./history-messages.ts"
import { retryAfterSeconds, toModelError } from "./model-failure.ts"
import { createProviders, type Providers, providerTitle } from "./providers.ts"
import { isModelError, type Models, type StepPart, type StepRequest } from "./step.ts"

interface ModelsOptions {
  log: Log
  /** The longest silence of a vendor within one call. */
  chunkTimeoutMs?: number
  /** The Guide's pace. */
  guideWordMs?: number
}

const retriesMax = 2
/** A vendor that asks for more patience than this gets an error the person sees now. */
const retryAfterSecondsMax = 20

/**
 * The models of this installation: vendors through the AI SDK, and the built-in Guide.
 * @param env keys and addresses; a model without its key answers every call `model_not_configured`
 */
export function createModels(env: Env, options: ModelsOptions): Models {
  const providers = createProviders(env)
  const defaultModel = env.STUDIO_MODEL ?? "guide"
  logChoice(env, providers, options.log)
  const guide = createGuide({
    wordMs: options.guideWordMs ?? 15,
    setup: guideSetup(env, providers),
  })
  const open = (id: string) => (id === "guide" ? guide : providers.open(id))
  const { chunkTimeoutMs = 60_000 } = options
  return {
    defaultModel,
    list: () => listModels(env, providers, defaultModel),
    streamStep: (request) =>
      streamStep(request, { env, defaultModel, open, providers, chunkTimeoutMs }),
  }
}

function guideSetup(env: Env, providers: Providers): GuideSetup {
  if (env.STUDIO_MODEL !== undefined && env.STUDIO_MODEL !== "guide") {
    return { kind: "other_agents_have_model" }
  }
  return providers.configured.length === 0
    ? { kind: "no_model" }
    : { kind: "key_without_model", providers: providers.configured }
}

interface Calling {
  env: Env
  defaultModel: string
  open: (id: string) => LanguageModelV4
  providers: Providers
  chunkTimeoutMs: number
}

async function* streamStep(
  request: StepRequest,
  { env, defaultModel, open, providers, chunkTimeoutMs }: Calling,
): AsyncGenerator<StepPart, void, undefined> {
  const id = request.model ?? defaultModel
  const title = providerTitle(id)
  const model = open(id)
  const attachments = await loadAttachmentParts(request.history, id !== "guide")
  const call: ModelCall = {
    id,
    title,
    model,
    prompt: toPrompt(request.history, id, attachments),
    request,
    chunkTimeoutMs,
    costOf: (input, output) => costOf(env.STUDIO_PRICES?.[id], input, output),
  }
  for (let attempt = 0; ; attempt += 1) {
    let hasAnswered = false
    try {
      for await (const part of callModel(call)) {
        hasAnswered = true
        yield part
      }
      return
    } catch (error) {
      if (request.signal.aborted) return
      const waitMs = hasAnswered || attempt >= retriesMax ? null : retryDelayMs(error, attempt)
      if (waitMs === null) {
        throw toModelError(error, { provider: title, hasAnswered, secrets: providers.secrets })
      }
      if (!(await sleptFor(waitMs, request.signal))) return
    }
  }
}

/** Null when another try is pointless, or later than a person would wait. */
function retryDelayMs(error: unknown, attempt: number): number | null {
  if (isModelError(error) || !APICallError.isInstance(error) || !error.isRetryable) return null
  const asked = retryAfterSeconds(error)
  if (asked !== null) return asked <= retryAfterSecondsMax ? asked * 1000 : null
  return 500 * 2 ** attempt * (0.75 + Math.random() / 2)
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

function costOf(
  price: { input: number; output: number } | undefined,
  inputTokens: number | null,
  outputTokens: number | null,
): number | null {
  if (price === undefined || inputTokens === null || outputTokens === null) return null
  return (inputTokens * price.input + outputTokens * price.output) / 1_000_000
}

function listModels(env: Env, providers: Providers, defaultModel: string) {
  const priced = Object.keys(env.STUDIO_PRICES ?? {}).filter((id) =>
    providers.configured.some((provider) => id.startsWith(`${provider}/`)),
  )
  return [...new Set([defaultModel, ...priced, "guide"])].map((id) => ({
    id,
    provider: id === "guide" ? "guide" : (id.split("/", 1)[0] ?? id),
    isDefault: id === defaultModel,
  }))
}

function logChoice(env: Env, providers: Providers, log: Log): void {
  const model = env.STUDIO_MODEL
  if (model === undefined) {
    const hint =
      providers.configured.length === 0
        ? "no language model is connected: agents run on the built-in Guide"
        : `keys are set for ${providers.configured.join(", ")}, but agents stay on the built-in Guide until STUDIO_MODEL=provider/name is set`
    return log[providers.configured.length === 0 ? "info" : "warn"](hint)
  }
  try {
    if (model !== "guide") providers.open(model)
    log.info({ model }, "default model")
  } catch (error) {
    if (!isModelError(error)) throw error
    // The server starts all the same: agents with another model work, and turns say what is wrong.
    log.error({ model }, error.message)
  }
}

import type { Env } from "#lib/env.ts"
import type { Log } from "#lib/log.ts"
import type { PatienceLimits } from "#lib/models/answer/patience.ts"
import { Refusals } from "#lib/models/answer/refusals.ts"
import type { GuideSetup } from "#lib/models/guide/compose-answer.ts"
import { createGuide } from "#lib/models/guide/create-guide.ts"
import { isModelError, type Models } from "#lib/models/step.ts"

import { ProviderModels } from "./provider-models.ts"
import { createProviders, type Providers } from "./providers.ts"
import { streamStep, type StepSetup } from "./stream-step.ts"

interface ModelsOptions {
  log: Log
  /** For tests: overrides the deadlines from the environment. */
  limits?: Partial<PatienceLimits>
  /** For tests: the waits before the second and the third try. */
  backoffMs?: readonly number[]
  /** The Guide's pace. */
  guideWordMs?: number
}

const backoffMs = [1_000, 4_000]
/** A person wonders by then whether anything happens. */
const tellAfterMs = 15_000

/**
 * The models of this installation: vendors, whose requests the AI SDK writes, and the built-in Guide.
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
  const offered = new ProviderModels({ requests: providers.modelsRequests, log: options.log })
  const setup: StepSetup = {
    defaultModel,
    guide,
    providers,
    refusals: new Refusals(),
    limits: {
      firstByteMs: env.STUDIO_FIRST_BYTE_SECONDS * 1000,
      silenceMs: env.STUDIO_SILENCE_SECONDS * 1000,
      tellAfterMs,
      ...options.limits,
    },
    backoffMs: options.backoffMs ?? backoffMs,
    costOf: (id, input, output) => costOf(env.STUDIO_PRICES?.[id], input, output),
  }
  return {
    defaultModel,
    list: async () => listModels(env, providers, defaultModel, await offered.list()),
    findFault: (id) => findFault(id, providers),
    streamStep: (request) => streamStep(request, setup),
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

function costOf(
  price: { input: number; output: number } | undefined,
  inputTokens: number | null,
  outputTokens: number | null,
): number | null {
  if (price === undefined || inputTokens === null || outputTokens === null) return null
  return (inputTokens * price.input + outputTokens * price.output) / 1_000_000
}

function listModels(
  env: Env,
  providers: Providers,
  defaultModel: string,
  offered: readonly string[],
) {
  const priced = Object.keys(env.STUDIO_PRICES ?? {}).filter((id) =>
    providers.configured.some((provider) => id.startsWith(`${provider}/`)),
  )
  return [...new Set([defaultModel, ...priced, ...offered, "guide"])].map((id) => ({
    id,
    provider: id === "guide" ? "guide" : (id.split("/", 1)[0] ?? id),
    isDefault: id === defaultModel,
  }))
}

/** Accepts any model name of a connected provider, because no provider lists all of its models. */
function findFault(id: string, providers: Providers): string | null {
  if (id === "guide") return null
  try {
    providers.open(id)
    return null
  } catch (error) {
    if (isModelError(error)) return error.message
    throw error
  }
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
    // The server starts anyway: agents with other models work, and turns report the error.
    log.error({ model }, error.message)
  }
}

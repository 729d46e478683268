import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4 } from "@ai-sdk/provider"

import type { Env } from "#lib/env.ts"

import { boundedFetch } from "./bounded-fetch.ts"
import { ModelError } from "./step.ts"

export const providerNames = ["openai", "anthropic", "openai-compatible"] as const
export type ProviderName = (typeof providerNames)[number]

const openaiUrl = "https://api.openai.com/v1"
const anthropicUrl = "https://api.anthropic.com/v1"

export interface Providers {
  /** Providers that could answer a call. */
  readonly configured: readonly ProviderName[]
  /** The keys in use, to be removed from everything that leaves this folder. */
  readonly secrets: readonly string[]
  /** @throws ModelError `model_not_configured`, with what to set */
  open(id: string): LanguageModelV4
}

/** The people's name of a provider, for messages. */
export function providerTitle(id: string): string {
  const name = id.split("/", 1)[0]
  if (name === "openai") return "OpenAI"
  if (name === "anthropic") return "Anthropic"
  if (name === "openai-compatible") return "The model server"
  return "The Guide"
}

/** The providers this installation has keys or addresses for. */
export function createProviders(env: Env): Providers {
  const openers = new Map<ProviderName, (name: string) => LanguageModelV4>()
  if (env.OPENAI_API_KEY !== undefined) {
    openers.set(
      "openai",
      createOpenAI({
        apiKey: env.OPENAI_API_KEY,
        baseURL: withoutSlashes(env.OPENAI_BASE_URL ?? openaiUrl),
        fetch: boundedFetch,
      }),
    )
  }
  if (env.ANTHROPIC_API_KEY !== undefined) {
    openers.set(
      "anthropic",
      createAnthropic({
        apiKey: env.ANTHROPIC_API_KEY,
        baseURL: withoutSlashes(env.ANTHROPIC_BASE_URL ?? anthropicUrl),
        fetch: boundedFetch,
      }),
    )
  }
  if (env.OPENAI_COMPATIBLE_BASE_URL !== undefined) {
    openers.set(
      "openai-compatible",
      createOpenAICompatible({
        name: "openai-compatible",
        baseURL: withoutSlashes(env.OPENAI_COMPATIBLE_BASE_URL),
        includeUsage: true,
        fetch: boundedFetch,
        ...(env.OPENAI_COMPATIBLE_API_KEY === undefined
          ? {}
          : { apiKey: env.OPENAI_COMPATIBLE_API_KEY }),
      }),
    )
  }
  return {
    configured: [...openers.keys()],
    secrets: [env.OPENAI_API_KEY, env.ANTHROPIC_API_KEY, env.OPENAI_COMPATIBLE_API_KEY].filter(
      (secret) => secret !== undefined,
    ),
    open: reuse((id) => openModel(id, openers)),
  }
}

/** The SDK takes off one; servers know no path that begins with two. */
function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, "")
}

/** Ids come from agents, which come and go. */
const reusedMax = 200

/** A model builds its schemas when it is made, and the compiler learns them anew each time. */
function reuse(open: (id: string) => LanguageModelV4): (id: string) => LanguageModelV4 {
  const models = new Map<string, LanguageModelV4>()
  return (id) => {
    const known = models.get(id)
    if (known !== undefined) return known
    const model = open(id)
    if (models.size >= reusedMax) models.clear()
    models.set(id, model)
    return model
  }
}

const missing: Record<ProviderName, string> = {
  openai: "OPENAI_API_KEY",
  anthropic: "ANTHROPIC_API_KEY",
  "openai-compatible": "OPENAI_COMPATIBLE_BASE_URL",
}

function openModel(
  id: string,
  openers: ReadonlyMap<ProviderName, (name: string) => LanguageModelV4>,
): LanguageModelV4 {
  const slash = id.indexOf("/")
  const provider = providerNames.find((known) => known === id.slice(0, slash))
  const name = id.slice(slash + 1)
  if (provider === undefined || name === "") {
    throw new ModelError(
      "model_not_configured",
      `"${id.slice(0, 100)}" is no model: write guide, or provider/name with one of the providers ${providerNames.join(", ")}.`,
      false,
    )
  }
  const open = openers.get(provider)
  if (open === undefined) {
    throw new ModelError(
      "model_not_configured",
      `The model ${id.slice(0, 100)} is not connected: ${missing[provider]} is not set on this server.`,
      false,
    )
  }
  return open(name)
}

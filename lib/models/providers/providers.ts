import { createAnthropic } from "@ai-sdk/anthropic"
import { createOpenAI } from "@ai-sdk/openai"
import { createOpenAICompatible } from "@ai-sdk/openai-compatible"
import type { LanguageModelV4 } from "@ai-sdk/provider"

import type { Env } from "#lib/env.ts"
import { handOver } from "#lib/models/request/write-request.ts"
import { ModelError } from "#lib/models/step.ts"
import type { WireFormat } from "#lib/models/wire/answer-sink.ts"
import { readChatCompletions } from "#lib/models/wire/chat-completions.ts"
import { readMessages } from "#lib/models/wire/messages.ts"
import { readResponses } from "#lib/models/wire/responses.ts"

const providerNames = ["openai", "anthropic", "openai-compatible"] as const
export type ProviderName = (typeof providerNames)[number]

const openaiUrl = "https://api.openai.com/v1"
const anthropicUrl = "https://api.anthropic.com/v1"

/** A model that can be called, and how its answers are read. */
export interface Provider {
  name: ProviderName
  /** For people. */
  title: string
  model: LanguageModelV4
  wire: WireFormat
  /** The setting that holds its address. */
  addressSetting: string
}

/** Where a provider says which models it has. */
export interface ModelsRequest {
  provider: ProviderName
  url: string
  headers: Readonly<Record<string, string>>
}

export interface Providers {
  /** Providers that could answer a call. */
  readonly configured: readonly ProviderName[]
  /** The keys in use, to be removed from everything that leaves this folder. */
  readonly secrets: readonly string[]
  readonly modelsRequests: readonly ModelsRequest[]
  /** @throws ModelError `model_not_configured`, naming the missing setting */
  open(id: string): Provider
}

/** The people's name of a provider, for messages. */
export function providerTitle(id: string): string {
  const name = id.split("/", 1)[0]
  if (name === "openai") return "OpenAI"
  if (name === "anthropic") return "Anthropic"
  if (name === "openai-compatible") return "The model server"
  return "The Guide"
}

interface Connection {
  baseUrl: string
  headers: Readonly<Record<string, string>>
  open(name: string): LanguageModelV4
}

/** The providers this installation has keys or addresses for. */
export function createProviders(env: Env): Providers {
  const connections = connect(env)
  return {
    configured: [...connections.keys()],
    secrets: [env.OPENAI_API_KEY, env.ANTHROPIC_API_KEY, env.OPENAI_COMPATIBLE_API_KEY].filter(
      (secret) => secret !== undefined,
    ),
    modelsRequests: [...connections].map(([provider, { baseUrl, headers }]) => ({
      provider,
      url: `${baseUrl}/models${provider === "anthropic" ? "?limit=1000" : ""}`,
      headers,
    })),
    open: reuse((id) => openModel(id, connections)),
  }
}

function connect(env: Env): ReadonlyMap<ProviderName, Connection> {
  const connections = new Map<ProviderName, Connection>()
  if (env.OPENAI_API_KEY !== undefined) {
    const apiKey = env.OPENAI_API_KEY
    const baseUrl = withoutSlashes(env.OPENAI_BASE_URL ?? openaiUrl)
    const open = createOpenAI({ apiKey, baseURL: baseUrl, fetch: handOver })
    connections.set("openai", { baseUrl, headers: bearer(apiKey), open })
  }
  if (env.ANTHROPIC_API_KEY !== undefined) {
    const apiKey = env.ANTHROPIC_API_KEY
    const baseUrl = withoutSlashes(env.ANTHROPIC_BASE_URL ?? anthropicUrl)
    const open = createAnthropic({ apiKey, baseURL: baseUrl, fetch: handOver })
    const headers = { "x-api-key": apiKey, "anthropic-version": "2023-06-01" }
    connections.set("anthropic", { baseUrl, headers, open })
  }
  if (env.OPENAI_COMPATIBLE_BASE_URL !== undefined) {
    const apiKey = env.OPENAI_COMPATIBLE_API_KEY
    const baseUrl = withoutSlashes(env.OPENAI_COMPATIBLE_BASE_URL)
    const open = createOpenAICompatible({
      name: "openai-compatible",
      baseURL: baseUrl,
      includeUsage: true,
      fetch: handOver,
      ...(apiKey === undefined ? {} : { apiKey }),
    })
    connections.set("openai-compatible", { baseUrl, headers: bearer(apiKey), open })
  }
  return connections
}

function bearer(apiKey: string | undefined): Readonly<Record<string, string>> {
  return apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
}

/** The SDK takes off one; servers know no path that begins with two. */
function withoutSlashes(url: string): string {
  return url.replace(/\/+$/, "")
}

/** Ids come from agents, which come and go. */
const reusedMax = 200

/** A model builds its schemas when it is made, and the compiler learns them anew each time. */
function reuse(open: (id: string) => Provider): (id: string) => Provider {
  const models = new Map<string, Provider>()
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

const wires: Record<ProviderName, WireFormat> = {
  openai: readResponses,
  anthropic: readMessages,
  "openai-compatible": readChatCompletions,
}

const addressSettings: Record<ProviderName, string> = {
  openai: "OPENAI_BASE_URL",
  anthropic: "ANTHROPIC_BASE_URL",
  "openai-compatible": "OPENAI_COMPATIBLE_BASE_URL",
}

function openModel(id: string, connections: ReadonlyMap<ProviderName, Connection>): Provider {
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
  const connection = connections.get(provider)
  if (connection === undefined) {
    throw new ModelError(
      "model_not_configured",
      `The model ${id.slice(0, 100)} is not connected: ${missing[provider]} is not set on this server.`,
      false,
    )
  }
  return {
    name: provider,
    title: providerTitle(id),
    model: connection.open(name),
    wire: wires[provider],
    addressSetting: addressSettings[provider],
  }
}

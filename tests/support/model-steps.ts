import { afterEach, beforeEach } from "vitest"
import { z } from "zod"

import type { Env } from "#lib/env.ts"
import { createLog } from "#lib/log.ts"
import { createModels } from "#lib/models/providers/create-models.ts"
import {
  type AgentTool,
  type HistoryMessage,
  isModelError,
  type ModelError,
  type Models,
  type StepPart,
  type StepRequest,
} from "#lib/models/step.ts"

import { startModelServer, type ModelServer } from "./model-server.ts"

/** An environment with only the given variables. */
export function testEnv(values: Partial<Env> = {}): Env {
  return {
    NODE_ENV: "test",
    HOST: "127.0.0.1",
    PORT: 0,
    STUDIO_ROLE: "all",
    STUDIO_MOUNT: "front",
    STUDIO_DATA_DIR: ".data",
    STUDIO_BUILD_DIR: ".next",
    STUDIO_FIRST_BYTE_SECONDS: 300,
    STUDIO_SILENCE_SECONDS: 60,
    STUDIO_TURNS_PER_PROCESS: 64,
    STUDIO_LEASE_SECONDS: 15,
    STUDIO_TITLES: "off",
    STUDIO_OIDC_NAME: "single sign-on",
    STUDIO_STREAMS_PER_USER: 50,
    STUDIO_FILE_GIB_PER_TENANT: 100,
    STUDIO_READS_PER_MINUTE: 0,
    STUDIO_WRITES_PER_MINUTE: 0,
    STUDIO_SUBMITS_PER_MINUTE: 0,
    STUDIO_MINTS_PER_MINUTE: 0,
    STUDIO_GUESSES_PER_MINUTE: 0,
    STUDIO_TRUSTED_PROXIES: { kind: "count", count: 0 },
    LOG_LEVEL: "silent",
    ...values,
  }
}

type TestModelsOptions = Partial<Omit<Parameters<typeof createModels>[1], "log">>

/** Models as in production, with short timeouts. */
export function testModels(values: Partial<Env> = {}, options: TestModelsOptions = {}): Models {
  return createModels(testEnv(values), {
    log: createLog("silent"),
    guideWordMs: 0,
    backoffMs: [5, 10],
    ...options,
  })
}

export const testModelId = "openai-compatible/test-model"

/** A model server for each test of a file, and models that call it. */
export function useVendor() {
  let server: ModelServer
  beforeEach(async () => {
    server = await startModelServer()
  })
  afterEach(async () => {
    await server.close()
  })
  const models = (values: Partial<Env> = {}, options: TestModelsOptions = {}) =>
    testModels(
      {
        STUDIO_MODEL: testModelId,
        OPENAI_COMPATIBLE_BASE_URL: server.url,
        OPENAI_COMPATIBLE_API_KEY: "topsecret-key-1234",
        ...values,
      },
      options,
    )
  return {
    get server() {
      return server
    },
    models,
    step: (said: string | readonly HistoryMessage[], values: Partial<StepRequest> = {}) =>
      models().streamStep(stepRequest(said, values)),
  }
}

export function user(text: string): HistoryMessage {
  return { role: "user", text, attachments: [] }
}

/** A request with one user message, or with a whole history. */
export function stepRequest(
  said: string | readonly HistoryMessage[],
  values: Partial<StepRequest> = {},
): StepRequest {
  return {
    model: null,
    instructions: "Be brief.",
    history: typeof said === "string" ? [user(said)] : said,
    tools: [],
    signal: new AbortController().signal,
    ...values,
  }
}

export async function collect(parts: AsyncIterable<StepPart>): Promise<StepPart[]> {
  const all: StepPart[] = []
  for await (const part of parts) all.push(part)
  return all
}

export function textOf(parts: readonly StepPart[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("")
}

export function finishOf(parts: readonly StepPart[]): Extract<StepPart, { type: "finish" }> {
  const last = parts.at(-1)
  if (last?.type !== "finish") throw new Error("The step did not finish.")
  return last
}

/** The ModelError of a step, and its preceding text. */
export async function failureOf(
  parts: AsyncIterable<StepPart>,
): Promise<{ error: ModelError; text: string }> {
  let text = ""
  try {
    for await (const part of parts) if (part.type === "text") text += part.text
  } catch (error) {
    if (isModelError(error)) return { error, text }
    throw error
  }
  throw new Error("The step did not fail.")
}

/** A read-only tool that echoes its arguments. */
export const weatherTool: AgentTool = {
  name: "weather",
  description: "The weather of a city.",
  scope: "read",
  inputSchema: z.object({ city: z.string(), days: z.number().int().min(1).default(1) }),
  summarizeArgs: () => "weather",
  run: async (args) => ({ summary: "sunny", result: { args, sky: "sunny" } }),
}

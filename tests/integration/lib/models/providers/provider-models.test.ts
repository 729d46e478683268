import { afterEach, beforeEach, describe, expect, it } from "vitest"

import { createLog } from "#lib/log.ts"
import { ProviderModels } from "#lib/models/providers/provider-models.ts"
import { createProviders } from "#lib/models/providers/providers.ts"
import type { PlayedReply } from "#tests/support/model-script.ts"
import { startModelServer, type ModelServer } from "#tests/support/model-server.ts"
import { testEnv, testModels } from "#tests/support/model-steps.ts"

let server: ModelServer

beforeEach(async () => {
  server = await startModelServer()
})
afterEach(() => server.close())

function offer(value: unknown, reply: Partial<PlayedReply> = {}): void {
  const pieces = [typeof value === "string" ? value : JSON.stringify(value)]
  server.models({ contentType: "application/json", pieces, ...reply })
}

function offered(nowMs: () => number = Date.now, waitMs = 5_000): ProviderModels {
  const env = testEnv({
    OPENAI_COMPATIBLE_BASE_URL: server.url,
    OPENAI_COMPATIBLE_API_KEY: "key-1",
  })
  const { modelsRequests: requests } = createProviders(env)
  return new ProviderModels({ requests, log: createLog("silent"), nowMs, waitMs })
}

describe("the models of an installation", () => {
  it("are the default, every priced model and every provider's list, once each", async () => {
    offer({
      data: [{ id: "b" }, { id: "a" }, { id: "text-embedding-3-small" }, { id: "whisper-1" }],
    })
    const models = testModels({
      STUDIO_MODEL: "openai/priced",
      OPENAI_API_KEY: "openai-key-1",
      OPENAI_BASE_URL: server.url,
      ANTHROPIC_API_KEY: "anthropic-key-1",
      ANTHROPIC_BASE_URL: `${server.url}/`,
      STUDIO_PRICES: {
        "openai/priced": { input: 1, output: 1 },
        "anthropic/a": { input: 1, output: 1 },
        "openai-compatible/none": { input: 1, output: 1 },
      },
    })
    expect((await models.list()).map(({ id }) => id)).toEqual([
      "openai/priced",
      "anthropic/a",
      "openai/a",
      "openai/b",
      "anthropic/b",
      "guide",
    ])
    const keys = server.modelsHeaders.map(
      (headers) => headers["x-api-key"] ?? headers.authorization,
    )
    expect(new Set(keys)).toEqual(new Set(["Bearer openai-key-1", "anthropic-key-1"]))
  })

  it.each<[string, unknown, string[]]>([
    ["OpenAI's", { object: "list", data: [{ id: "m", object: "model" }] }, ["m"]],
    ["Ollama's", { models: [{ name: "llama:8b", model: "llama:8b" }] }, ["llama:8b"]],
    ["a bare list", ["m"], ["m"]],
    [
      "odd entries",
      { data: [null, 7, { id: 7 }, { id: "" }, { id: "a b" }, { id: "m" }, { id: "m" }] },
      ["m"],
    ],
    ["no list", { data: "m" }, []],
    ["no JSON", "<p>Portal</p>", []],
  ])("are read from %s", async (_, value, names) => {
    offer(value)
    expect(await offered().list()).toEqual(names.map((name) => `openai-compatible/${name}`))
  })

  it("are refreshed every ten minutes, and stay known during a provider's outage", async () => {
    let nowMs = 0
    const models = offered(() => nowMs)
    offer({ data: [{ id: "old" }] })
    const first = await Promise.all([models.list(), models.list()])
    expect(first).toEqual([["openai-compatible/old"], ["openai-compatible/old"]])
    offer({}, { status: 500 })
    nowMs = 9 * 60_000
    await models.list()
    expect(server.modelsHeaders).toHaveLength(1)
    nowMs = 11 * 60_000
    expect(await models.list()).toEqual(["openai-compatible/old"])
    await expect.poll(() => server.modelsHeaders.length).toBe(2)
  })

  it("cause no second wait for an unresponsive provider", async () => {
    offer("", { ending: "stall" })
    const models = offered(Date.now, 600)
    expect(await models.list()).toEqual([])
    offer({ data: [{ id: "m" }] })
    const startedAt = performance.now()
    expect(await models.list()).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(400)
    expect(server.modelsHeaders).toHaveLength(1)
  })

  it("are bounded in number and in the length of their list", async () => {
    offer({ data: Array.from({ length: 5_000 }, (_, index) => ({ id: `m${index}` })) })
    expect(await offered().list()).toHaveLength(1_000)
    offer(`[${'"m",'.repeat(2_000_000)}"m"]`)
    expect(await offered().list()).toEqual([])
  })

  it("may be named beyond the list, for connected providers", () => {
    const models = testModels({ OPENAI_COMPATIBLE_BASE_URL: server.url })
    expect(models.findFault("openai-compatible/any/thing")).toBeNull()
    expect(models.findFault("guide")).toBeNull()
    expect(models.findFault("openai/gpt-x")).toContain("OPENAI_API_KEY is not set")
    expect(models.findFault("gpt-x")).toContain("provider/name")
  })
})

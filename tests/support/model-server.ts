import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

import {
  builtInScript,
  modes,
  type ChatRequestBody,
  type ModelAction,
  type ModelScript,
  type ModelServerUsage,
  type PlayedReply,
  type ScriptedToolCall,
} from "./model-script.ts"
import { strictFaults, type WireFormat } from "./strict-request.ts"

/**
 * A scripted model server over real HTTP: serves the OpenAI-compatible streaming chat completions
 * API, and plays a script's raw bytes under the paths of OpenAI and Anthropic. Validates requests
 * as strictly as the strictest provider. Also runs as a separate process, so that a test can kill
 * the servers around it:
 *   node tests/support/model-server.ts --port 0 --mode unique --words 60 --pace 20
 * prints `listening http://127.0.0.1:<port>/v1` and serves `GET /stats` → {requests, open}.
 */
export interface ModelServer {
  /** The base URL of every provider, ending in `/v1`. */
  readonly url: string
  /** The parsed bodies of all model calls so far, oldest first. */
  readonly requests: ChatRequestBody[]
  /** The headers of the same calls. */
  readonly headers: IncomingMessage["headers"][]
  /** Violations of strict providers' rules so far: such a call gets 400, and `close` throws. */
  readonly faults: string[]
  /** The headers of every request for the list of models. */
  readonly modelsHeaders: IncomingMessage["headers"][]
  /** Number of connections ever made to it. */
  connections(): number
  /** Model calls whose response is neither complete nor aborted by the caller. */
  openConnections(): number
  script(handler: ModelScript): void
  /** Sets the response of `GET /models`. */
  models(reply: PlayedReply): void
  close(): Promise<void>
}

const formats = new Map<string, WireFormat>([
  ["/v1/chat/completions", "chat"],
  ["/v1/responses", "responses"],
  ["/v1/messages", "messages"],
])

/** Starts the server on a free loopback port; it runs `paced` until it gets a script. */
export async function startModelServer(
  options: { port?: number; script?: ModelScript } = {},
): Promise<ModelServer> {
  const requests: ChatRequestBody[] = []
  const headers: IncomingMessage["headers"][] = []
  const faults: string[] = []
  const open = new Set<ServerResponse>()
  let script = options.script ?? builtInScript("paced")
  let models: PlayedReply | null = null
  const modelsHeaders: IncomingMessage["headers"][] = []

  const server = createServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0]
    if (request.method === "GET" && path === "/stats") {
      return sendJson(response, 200, { requests: requests.length, open: open.size })
    }
    if (request.method === "GET" && path === "/v1/models") {
      modelsHeaders.push(request.headers)
      if (models !== null) return void sendReply(response, models)
      return sendJson(response, 200, { object: "list", data: [{ id: "test", object: "model" }] })
    }
    if (request.method !== "POST" || !formats.has(path ?? "")) {
      return sendJson(response, 404, { error: { message: "No such path." } })
    }
    open.add(response)
    response.once("close", () => open.delete(response))
    readJson(request)
      .then(async (body) => {
        headers.push(request.headers)
        const requestNumber = requests.push(body)
        const refused = strictFaults(formats.get(path ?? "") ?? "chat", body)
        if (refused.length > 0) {
          faults.push(...refused)
          return sendJson(response, 400, { error: { message: refused.join("; ") } })
        }
        await answer(response, body, script(requestNumber, body))
      })
      .catch((error: unknown) => {
        // The script threw, or the caller left while its body was read.
        if (response.headersSent || response.destroyed) response.destroy()
        else sendJson(response, 500, { error: { message: `model script: ${String(error)}` } })
      })
  })
  let connections = 0
  server.on("connection", () => (connections += 1))
  server.listen(options.port ?? 0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    headers,
    faults,
    modelsHeaders,
    connections: () => connections,
    openConnections: () => open.size,
    script(handler) {
      script = handler
    },
    models(reply) {
      models = reply
    },
    async close() {
      const closed = once(server, "close")
      server.close()
      server.closeAllConnections()
      await closed
      if (faults.length > 0) throw new Error(`Strict vendors refuse this: ${faults.join("; ")}`)
    },
  }
}

async function answer(
  response: ServerResponse,
  body: ChatRequestBody,
  actions: Iterable<ModelAction> | AsyncIterable<ModelAction>,
): Promise<void> {
  const gone = once(response, "close")
  const chunk = chunkWriter(response, body, gone)
  let reason = "stop"
  let chunks = 0
  for await (const action of actions) {
    if (response.destroyed) return
    switch (action.type) {
      case "wait": {
        const until = typeof action.until === "number" ? sleep(action.until) : action.until
        await Promise.race([until, gone])
        break
      }
      case "text":
        chunks += 1
        await chunk.delta({ content: action.text })
        break
      case "tools":
        reason = "tool_calls"
        chunks += action.calls.length
        for (const delta of toolDeltas(action.calls)) await chunk.delta(delta)
        break
      case "raw":
        await chunk.raw(action.data)
        break
      case "status":
        return sendJson(
          response,
          action.status,
          action.body ?? { error: { message: `status ${action.status}` } },
          action.headers,
        )
      case "play":
        return await sendReply(response, action.reply)
      case "cut":
        response.destroy()
        return
      case "end":
        response.end()
        return
      case "stall":
        await gone
        return
      case "finish":
        return chunk.finish(action.reason ?? reason, action.usage ?? usageOf(body, chunks, action))
    }
  }
  return chunk.finish(reason, usageOf(body, chunks))
}

function usageOf(
  body: ChatRequestBody,
  chunks: number,
  action?: { usage?: ModelServerUsage | null },
): ModelServerUsage | null {
  if (action?.usage === null) return null
  return { prompt_tokens: JSON.stringify(body.messages).length >> 2, completion_tokens: chunks }
}

/** Streams a call as providers do: first its id and name, then its arguments in two pieces. */
function* toolDeltas(calls: readonly ScriptedToolCall[]): Generator<unknown> {
  for (const [index, call] of calls.entries()) {
    const args = typeof call.args === "string" ? call.args : JSON.stringify(call.args ?? {})
    const half = args.length >> 1
    const id = call.id ?? `call_${randomUUID()}`
    const head = { index, id, type: "function", function: { name: call.name, arguments: "" } }
    yield { tool_calls: [head] }
    yield { tool_calls: [{ index, function: { arguments: args.slice(0, half) } }] }
    yield { tool_calls: [{ index, function: { arguments: args.slice(half) } }] }
  }
}

function chunkWriter(response: ServerResponse, body: ChatRequestBody, gone: Promise<unknown>) {
  const base = {
    id: `chatcmpl-${randomUUID()}`,
    object: "chat.completion.chunk",
    created: Math.floor(Date.now() / 1000),
    model: body.model,
  }
  async function raw(data: string): Promise<void> {
    if (response.destroyed) return
    if (!response.headersSent) {
      response.writeHead(200, {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-cache",
      })
    }
    if (!response.write(data)) await Promise.race([once(response, "drain"), gone])
  }
  const send = (value: unknown) => raw(`data: ${JSON.stringify(value)}\n\n`)
  return {
    raw,
    delta: (delta: unknown) =>
      send({ ...base, choices: [{ index: 0, delta, finish_reason: null }] }),
    async finish(reason: string, usage: ModelServerUsage | null): Promise<void> {
      await send({ ...base, choices: [{ index: 0, delta: {}, finish_reason: reason }] })
      if (usage !== null && body.stream_options?.include_usage === true) {
        const total_tokens = usage.prompt_tokens + usage.completion_tokens
        await send({ ...base, choices: [], usage: { ...usage, total_tokens } })
      }
      await raw("data: [DONE]\n\n")
      response.end()
    },
  }
}

async function readJson(request: IncomingMessage): Promise<ChatRequestBody> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as ChatRequestBody
}

async function sendReply(response: ServerResponse, reply: PlayedReply): Promise<void> {
  const gone = once(response, "close")
  const type = reply.contentType === undefined ? "text/event-stream" : reply.contentType
  response.writeHead(reply.status ?? 200, {
    ...(type === null ? {} : { "Content-Type": type }),
    ...reply.headers,
  })
  response.flushHeaders()
  for (const [index, piece] of reply.pieces.entries()) {
    if (index > 0 && reply.pauseMs === undefined) await nextTurn()
    else if (index > 0) await Promise.race([sleep(reply.pauseMs), gone])
    if (response.destroyed) return
    if (!response.write(piece)) await Promise.race([once(response, "drain"), gone])
  }
  switch (reply.ending ?? "end") {
    case "end":
      response.end()
      return
    case "cut":
      // Written bytes are sent first.
      await Promise.race([sleep(20), gone])
      response.destroy()
      return
    case "stall":
      await gone
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      mode: { type: "string", default: "unique" },
      words: { type: "string", default: "40" },
      pace: { type: "string", default: "10" },
      tool: { type: "string" },
      args: { type: "string" },
    },
  })
  const mode = modes.find((known) => known === values.mode)
  if (mode === undefined) throw new Error(`--mode is one of ${modes.join(", ")}`)
  const server = await startModelServer({
    port: Number(values.port),
    script: builtInScript(mode, {
      words: Number(values.words),
      paceMs: Number(values.pace),
      ...(values.tool === undefined ? {} : { tool: values.tool }),
      ...(values.args === undefined ? {} : { args: JSON.parse(values.args) as unknown }),
    }),
  })
  process.stdout.write(`listening ${server.url}\n`)
  const stop = () =>
    void server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`)
        process.exit(1)
      },
    )
  process.once("SIGTERM", stop)
  process.once("SIGINT", stop)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()

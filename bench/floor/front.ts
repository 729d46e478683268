import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

import { Redis } from "ioredis"
import postgres from "postgres"

import { answerProbe } from "../probe.ts"
import { readModel } from "./model-tokens.ts"

const { DATABASE_URL = "", REDIS_URL = "", MODEL_URL = "", TURNS_MAX = "64" } = process.env
export const name = process.env["FLOOR_NAME"] ?? "floor"
export const redis = new Redis(REDIS_URL)
export const sql = postgres(DATABASE_URL, { max: 8 })

export interface Turn {
  conversation: string
  text: string
  /** Events so far. */
  seq: number
}

/** The difference between one floor and the others. */
export interface Variant {
  emit(turn: Turn, event: string, data: string): void
  /** Writes the events after the cursor, if this floor stores them. */
  replay?(conversation: string, cursor: string, response: ServerResponse): Promise<void>
  started?(turn: Turn): Promise<unknown>
  ended?(turn: Turn): Promise<unknown>
}

const readers = new Map<string, Set<ServerResponse>>()
const waiting: Turn[] = []
let running = 0

/**
 * The bare minimum on `node:http`: `POST /submit/<conversation>` claims the key in Redis, inserts
 * message and turn in one statement, answers 202 and calls the model; `GET /stream/<conversation>`
 * receives published tokens. No authentication, authorization, limits or recovery.
 */
export async function serveFloor(variant: Variant): Promise<void> {
  const subscriber = new Redis(REDIS_URL)
  await subscriber.subscribe(name)
  subscriber.on("message", (_channel: string, message: string) => {
    const frame = message.slice(36)
    for (const reader of readers.get(message.slice(0, 36)) ?? []) reader.write(frame)
  })
  const server = createServer((request, response) => {
    const id = request.url?.slice(-36) ?? ""
    if (request.method === "POST") void submit(variant, id, request, response)
    else void stream(variant, id, request, response)
  })
  server.listen(0, "127.0.0.1", 4_096, () => {
    const address = server.address()
    if (typeof address !== "object" || address === null) throw new Error("no port")
    answerProbe(address.port, async () => {})
  })
}

async function submit(
  variant: Variant,
  conversation: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let raw = ""
  for await (const part of request) raw += String(part)
  const { text, idempotency_key: key }: { text: string; idempotency_key: string } = JSON.parse(raw)
  const isNew = await redis.set(`${name}:${conversation}:${key}`, "1", "EX", 86_400, "NX")
  if (isNew !== null) {
    await sql`
      with message as (
        insert into floor_messages (conversation_id, body) values (${conversation}, ${text})
        returning id
      )
      insert into floor_turns (message_id, conversation_id, status)
      select id, ${conversation}, 'queued' from message`
    start(variant, { conversation, text, seq: 0 })
  }
  const body = JSON.stringify({ accepted: true, idempotent: isNew === null })
  response.writeHead(202, {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(body),
  })
  response.end(body)
}

/** Runs at most `TURNS_MAX` model calls at once, like the product. */
export function start(variant: Variant, turn: Turn): void {
  if (running >= Number(TURNS_MAX)) {
    waiting.push(turn)
    return
  }
  running += 1
  void (async () => {
    await variant.started?.(turn)
    await readModel(MODEL_URL, turn.text, (text) =>
      variant.emit(turn, "text_delta", JSON.stringify({ text })),
    )
    variant.emit(turn, "done", "{}")
    await variant.ended?.(turn)
  })().finally(() => {
    running -= 1
    const next = waiting.shift()
    if (next !== undefined) start(variant, next)
  })
}

async function stream(
  variant: Variant,
  conversation: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/event-stream" })
  response.write(": connected\n\n")
  const set = readers.get(conversation) ?? new Set()
  readers.set(conversation, set.add(response))
  response.on("close", () => {
    set.delete(response)
    if (set.size === 0) readers.delete(conversation)
  })
  const cursor = request.headers["last-event-id"]
  if (typeof cursor === "string") await variant.replay?.(conversation, cursor, response)
}

export function frame(id: number, event: string, data: string): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`
}

import { once } from "node:events"
import { request as httpRequest, type IncomingHttpHeaders } from "node:http"
import { connect } from "node:net"

import { createParser, type EventSourceMessage } from "eventsource-parser"

import { checkAnswer, checkEvent } from "./check-answer.ts"

const answerLimitMs = 15_000

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  bytes: Buffer
  text: string
  /** The parsed JSON body; tests check the fields they use. */
  json: Record<string, unknown>
  list: Record<string, unknown>[]
}

export interface CallOptions {
  token?: string | undefined
  json?: unknown
  body?: string | Buffer
  headers?: Record<string, string | string[]>
}

/**
 * One request on its own connection, without implicit headers.
 * @throws Error when the response does not match openapi.json
 */
export async function call(
  url: string,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const body = options.json === undefined ? options.body : JSON.stringify(options.json)
  const headers: Record<string, string | string[]> = { ...options.headers }
  if (options.token !== undefined) headers["authorization"] ??= `Bearer ${options.token}`
  if (options.json !== undefined) headers["content-type"] ??= "application/json"
  // Node does not announce the body of a DELETE by itself.
  if (body !== undefined && headers["transfer-encoding"] === undefined) {
    headers["content-length"] ??= String(Buffer.byteLength(body))
  }
  const { hostname, port } = new URL(url)
  const request = httpRequest({
    hostname,
    port,
    method,
    path,
    headers,
    agent: false,
    signal: AbortSignal.timeout(answerLimitMs),
  })
  const answered = once(request, "response")
  request.end(body)
  const [response] = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const answer = toAnswer(response.statusCode, response.headers, Buffer.concat(chunks))
  checkAnswer(method, path, answer)
  return answer
}

function toAnswer(status: number, headers: IncomingHttpHeaders, bytes: Buffer): Answer {
  const text = bytes.toString()
  const parse = () => JSON.parse(text)
  return {
    status,
    headers,
    bytes,
    text,
    get json() {
      return parse() as Record<string, unknown>
    },
    get list() {
      return parse() as Record<string, unknown>[]
    },
  }
}

/** Sends raw bytes and returns everything received until the other side closes. */
export async function exchange(url: string, bytes: string, limitMs = 5_000): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, "connect")
  const chunks: Buffer[] = []
  socket.on("data", (chunk: Buffer) => chunks.push(chunk))
  socket.on("error", (error) => chunks.push(Buffer.from(`[${error.message}]`)))
  const closed = once(socket, "close")
  const timer = setTimeout(() => socket.destroy(), limitMs)
  socket.write(bytes)
  await closed
  clearTimeout(timer)
  return Buffer.concat(chunks).toString()
}

export interface StreamEvent {
  id: number | null
  event: string
  data: Record<string, unknown>
}

export interface OpenedStream {
  status: number
  headers: Headers
  events: StreamEvent[]
  comments: string[]
  retryMs: number[]
  isEnded(): boolean
  /** @throws Error when an event did not match the schema of its name */
  close(): Promise<void>
}

/** Attaches to a stream and collects its events in the background. */
export async function openStream(
  url: string,
  path: string,
  options: { token?: string; headers?: Record<string, string> } = {},
): Promise<OpenedStream> {
  const abort = new AbortController()
  const headers = new Headers(options.headers)
  if (options.token !== undefined) headers.set("authorization", `Bearer ${options.token}`)
  const response = await fetch(url + path, { headers, signal: abort.signal })
  const events: StreamEvent[] = []
  const comments: string[] = []
  const retryMs: number[] = []
  let isEnded = false
  let fault: unknown = null
  const parser = createParser({
    onEvent(message) {
      const event = toStreamEvent(message)
      // Whether typing indicators appear depends on the machine's load.
      if (event.event !== "agent_active") events.push(event)
      try {
        checkEvent(event.event, event.data)
      } catch (error) {
        fault = error
      }
    },
    onComment: (comment) => comments.push(comment),
    onRetry: (interval) => retryMs.push(interval),
  })
  const pump = async () => {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of response.body ?? [])
        parser.feed(decoder.decode(chunk, { stream: true }))
    } catch (error) {
      // A cut connection ends the stream like a closed one.
      if (!(error instanceof Error)) throw error
    }
    isEnded = true
  }
  const pumping = pump()
  return {
    status: response.status,
    headers: response.headers,
    events,
    comments,
    retryMs,
    isEnded: () => isEnded,
    async close() {
      abort.abort()
      await pumping
      if (fault !== null) throw fault
    },
  }
}

function toStreamEvent(event: EventSourceMessage): StreamEvent {
  return {
    id: event.id === undefined ? null : Number(event.id),
    event: event.event ?? "message",
    data: JSON.parse(event.data) as Record<string, unknown>,
  }
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"

import { nowMicros } from "./now.ts"
import { answerProbe } from "./probe.ts"

/**
 * An OpenAI-compatible, streaming model server, the same for every contestant. The message selects
 * the answer:
 *   `run <tokens> <interval in µs>`  tokens on a schedule; each carries its due time and its write time
 *   `gate <tokens> <interval in µs>` the same, but all streams begin together at `GET /start`
 *   `hold`                           nothing until `GET /release`
 *   anything else                    one token, at once
 */
const held = new Set<() => void>()
const atGate = new Set<() => void>()
let open = 0
let finished = 0

const server = createServer((request, response) => {
  if (request.url === "/stats") return json(response, { open, finished, atGate: atGate.size })
  if (request.url === "/start") {
    const started = atGate.size
    for (const start of atGate) start()
    atGate.clear()
    return json(response, { started, atMicros: nowMicros() })
  }
  if (request.url === "/release") {
    for (const release of held) release()
    held.clear()
    return json(response, {})
  }
  read(request, (body) => answer(lastUserText(body), response))
})

function json(response: ServerResponse, value: object): void {
  response.setHeader("Content-Type", "application/json")
  response.end(JSON.stringify(value))
}

function read(request: IncomingMessage, then: (body: string) => void): void {
  const parts: Buffer[] = []
  request.on("data", (part: Buffer) => parts.push(part))
  request.on("end", () => then(Buffer.concat(parts).toString()))
}

function lastUserText(body: string): string {
  const { messages }: { messages: { role: string; content: unknown }[] } = JSON.parse(body)
  const content = messages.findLast((message) => message.role === "user")?.content
  if (typeof content === "string") return content
  const [part]: { text?: string }[] = Array.isArray(content) ? content : []
  return part?.text ?? ""
}

function answer(text: string, response: ServerResponse): void {
  open += 1
  response.once("close", () => (open -= 1))
  response.writeHead(200, { "Content-Type": "text/event-stream" })
  const run = /^(run|gate) (\d+) (\d+)/.exec(text)
  if (run !== null) {
    const start = () => pace(response, Number(run[2]), Number(run[3]))
    if (run[1] === "run") start()
    else {
      response.flushHeaders()
      atGate.add(start)
      response.once("close", () => atGate.delete(start))
    }
  } else if (text.startsWith("hold")) {
    response.flushHeaders()
    const release = () => finish(response, "ok")
    held.add(release)
    response.once("close", () => held.delete(release))
  } else finish(response, "ok")
}

/** Streams start at a random point of their interval, as independent users do. */
function pace(response: ServerResponse, tokens: number, everyMicros: number): void {
  const start = nowMicros() + Math.random() * everyMicros
  let sent = 0
  const next = () => {
    if (response.destroyed) return
    for (;;) {
      const due = Math.round(start + sent * everyMicros)
      const now = nowMicros()
      if (due > now) {
        setTimeout(next, Math.max(1, Math.round((due - now) / 1000)))
        return
      }
      response.write(chunk(`~${now}/${due}~ `))
      sent += 1
      if (sent >= tokens) break
    }
    finish(response, "")
  }
  next()
}

function finish(response: ServerResponse, text: string): void {
  finished += 1
  response.end(
    (text === "" ? "" : chunk(text)) +
      'data: {"id":"c","object":"chat.completion.chunk","created":0,"model":"bench","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
  )
}

function chunk(text: string): string {
  return `data: {"id":"c","object":"chat.completion.chunk","created":0,"model":"bench","choices":[{"index":0,"delta":{"content":"${text}"},"finish_reason":null}]}\n\n`
}

server.listen(0, "127.0.0.1", 4_096, () => {
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("no port")
  answerProbe(address.port, async () => {})
})

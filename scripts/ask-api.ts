import { EventSourceParserStream, type EventSourceMessage } from "eventsource-parser/stream"
import { z } from "zod"

import { agentList } from "#lib/protocol/agents.ts"
import { createdConversation } from "#lib/protocol/conversations.ts"
import { accepted, interrupted } from "#lib/protocol/messages.ts"

const answerLimitMs = 10_000
/** The server sends a keepalive at least every 15 s. */
const silenceMs = 40_000
const failure = z.object({ error: z.string() })

/** The calls of the wire contract that `ask` needs. */
export interface AskApi {
  /** The tenant's default agent. */
  findDefaultAgent(): Promise<string>
  createConversation(agentId: string): Promise<string>
  submit(conversationId: string, text: string, key: string): Promise<string>
  interrupt(conversationId: string, turnId: string): Promise<boolean>
  /** The events after a cursor; ends with the connection. */
  streamAfter(conversationId: string, cursor: string): AsyncIterable<EventSourceMessage>
}

/** Whether a Studio answers at the address. */
export async function isStudioThere(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/healthz", url), { signal: AbortSignal.timeout(3_000) })
    return response.ok
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

export function createAskApi(url: string, token: string): AskApi {
  const authorization = `Bearer ${token}`
  const call = async <T>(shape: z.ZodType<T>, method: string, path: string, body?: unknown) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { authorization, "content-type": "application/json" },
      signal: AbortSignal.timeout(answerLimitMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await refusal(response)
    return shape.parse(await response.json())
  }
  const base = "/v1/api/conversations"
  return {
    async findDefaultAgent() {
      const { agents } = await call(agentList, "GET", "/v1/agents")
      const [agent] = agents
      if (agent === undefined) throw new Error("This Studio has no agent yet.")
      return agent.id
    },
    async createConversation(agentId) {
      return (await call(createdConversation, "POST", base, { agent_id: agentId })).id
    },
    async submit(conversationId, text, key) {
      const body = { text, idempotency_key: key, turn_source: "api" }
      return (await call(accepted, "POST", `${base}/${conversationId}/messages`, body)).turn_id
    },
    async interrupt(conversationId, turnId) {
      const path = `${base}/${conversationId}/interrupt`
      return (await call(interrupted, "POST", path, { turn_id: turnId })).stopped
    },
    async *streamAfter(conversationId, cursor) {
      const silence = new AbortController()
      const timer = setTimeout(() => silence.abort(), silenceMs)
      try {
        const response = await fetch(new URL(`${base}/${conversationId}/stream`, url), {
          headers: { authorization, accept: "text/event-stream", "last-event-id": cursor },
          signal: silence.signal,
        })
        if (!response.ok || response.body === null) throw await refusal(response)
        const events = response.body
          .pipeThrough(new TextDecoderStream())
          .pipeThrough(new EventSourceParserStream({ onComment: () => timer.refresh() }))
        for await (const event of events) {
          timer.refresh()
          yield event
        }
      } finally {
        clearTimeout(timer)
        silence.abort()
      }
    },
  }
}

/** The server's own message about a refused request; retrying is pointless. */
export class Refusal extends Error {}

async function refusal(response: Response): Promise<Error> {
  const text = await response.text()
  let said = `It answered ${response.status}.`
  try {
    said = failure.parse(JSON.parse(text)).error
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error
  }
  const isTransient = response.status === 429 || response.status >= 500
  return isTransient ? new Error(said) : new Refusal(said)
}

import { request as httpRequest, type IncomingMessage } from "node:http"
import { setTimeout as sleep } from "node:timers/promises"

import { createParser, type EventSourceMessage } from "eventsource-parser"

import type { StreamEvent } from "./http.ts"
import { keptTextOf } from "./studio.ts"
import { waitFor } from "./wait-for.ts"

const reconnectMs = 50

/** A client that keeps a stream over cuts, kills and drains, resuming from its last event id. */
export interface Follower {
  readonly conversationId: string
  /** In order of arrival, over all connections; `atMs` = arrival time. */
  readonly events: readonly (StreamEvent & { atMs: number })[]
  /** How each connection ended: `clean` = the server closed the stream. */
  readonly endings: readonly { isClean: boolean; hadRetry: boolean }[]
  /** Statuses other than 200, in order of arrival. */
  readonly refusals: readonly number[]
  /** Number of answered connections. */
  connects(): number
  isAttached(): boolean
  /** Waits for the turn's `done`. */
  done(turnId: string, timeoutMs?: number): Promise<void>
  keptText(turnId: string): string
  eventsOf(turnId: string): readonly StreamEvent[]
  stop(): Promise<void>
}

export function follow(options: {
  token: string
  conversationId: string
  target: () => { url: string }
  lastEventId?: number
}): Follower {
  const events: (StreamEvent & { atMs: number })[] = []
  const endings: { isClean: boolean; hadRetry: boolean }[] = []
  const refusals: number[] = []
  let lastEventId = options.lastEventId ?? 0
  let connects = 0
  let isStopped = false
  let response: IncomingMessage | null = null

  const attach = async () => {
    response = await open(options, lastEventId, refusals)
    connects += 1
    let retries = 0
    const parser = createParser({
      onEvent: (message) => {
        const event = toStreamEvent(message)
        // Whether typing indicators appear depends on the machine's load.
        if (event.event === "agent_active") return
        events.push({ ...event, atMs: performance.now() })
        if (event.id !== null) lastEventId = event.id
      },
      onRetry: () => (retries += 1),
    })
    const decoder = new TextDecoder()
    let isClean = true
    try {
      for await (const chunk of response) parser.feed(decoder.decode(chunk, { stream: true }))
    } catch (error) {
      // A cut connection: the next one resumes after the last event.
      if (!(error instanceof Error)) throw error
      isClean = false
    }
    response = null
    // The first `retry:` is part of the opening; a server that ends a stream sends another.
    endings.push({ isClean, hadRetry: retries > 1 })
  }
  const run = async () => {
    while (!isStopped) {
      try {
        await attach()
      } catch (error) {
        // No server is listening at the moment.
        if (!(error instanceof Error)) throw error
      }
      if (!isStopped) await sleep(reconnectMs)
    }
  }
  const running = run()
  return {
    conversationId: options.conversationId,
    events,
    endings,
    refusals,
    connects: () => connects,
    isAttached: () => response !== null,
    keptText: (turnId) => keptTextOf(events, turnId),
    eventsOf: (turnId) => events.filter((event) => event.data["turn_id"] === turnId),
    async done(turnId, timeoutMs = 45_000) {
      await waitFor(
        () => events.some((event) => event.event === "done" && event.data["turn_id"] === turnId),
        { timeoutMs },
      )
    },
    async stop() {
      isStopped = true
      response?.destroy()
      await running
    },
  }
}

async function open(
  options: { token: string; conversationId: string; target: () => { url: string } },
  lastEventId: number,
  refusals: number[],
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(options.target().url)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const request = httpRequest({
    hostname,
    port,
    path: `/v1/api/conversations/${options.conversationId}/stream`,
    agent: false,
    headers: {
      Authorization: `Bearer ${options.token}`,
      Accept: "text/event-stream",
      "Last-Event-ID": String(lastEventId),
    },
  })
  const timer = setTimeout(() => request.destroy(new Error("no answer")), 5_000)
  request.on("error", reject)
  request.on("response", resolve)
  request.end()
  const response = await promise.finally(() => clearTimeout(timer))
  if (response.statusCode === 200) return response
  refusals.push(response.statusCode ?? 0)
  response.destroy()
  throw new Error(`the stream answered ${response.statusCode}`)
}

function toStreamEvent({ id, event, data }: EventSourceMessage): StreamEvent {
  return {
    id: id === undefined ? null : Number(id),
    event: event ?? "message",
    data: JSON.parse(data) as Record<string, unknown>,
  }
}

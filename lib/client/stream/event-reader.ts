import type { createParser, EventSourceMessage } from "eventsource-parser"

import { backoffMs, wait } from "./backoff.ts"

/** The server sends a byte at least every 15 s; a connection silent for this long is dead. */
const silenceMsMax = 40_000
/** Events this soon after a resume are a backlog; the time they happened is unknown. */
const catchUpMs = 500
/** Longer than any event can be, so that a stream that never ends a line cannot fill memory. */
const eventCharactersMax = 8 * 1024 * 1024

export type ConnectionState = "connecting" | "live" | "reconnecting" | "closed"

export interface EventReaderOptions {
  /** The stream's address for the next connection, with where it is to go on. */
  url(): string
  headers?: Readonly<Record<string, string>>
  /** @param atMs when it happened, by the server's clock; null when unknown */
  onEvent(event: EventSourceMessage, atMs: number | null): void
  /** Everything that came at once has been handed over. */
  onRead?(): void
  onState(state: ConnectionState): void
  /** The server refused for good: 401, 403 or 404. */
  onClosed(status: number): void
  /** Continues another reader's stream, so it starts with a backlog. */
  isResume?: boolean
  fetch?: typeof fetch
  now?: () => number
  random?: () => number
  silenceMs?: number
}

export interface EventReader {
  start(): void
  /** The page came back or the network did: find out at once whether the connection is alive. */
  wake(reason: "visible" | "online"): void
  /** The network is gone: waiting on a dead connection is pointless. */
  sleep(): void
  stop(): void
}

/**
 * Follows a stream for ever: reconnects with jittered backoff where it was, gives up only on 401,
 * 403 and 404.
 */
export function createEventReader(options: EventReaderOptions): EventReader {
  const now = options.now ?? Date.now
  const stopped = new AbortController()
  let connection: AbortController | null = null
  let pause: AbortController | null = null
  let isLive = false
  let heardMs = 0

  async function run(): Promise<void> {
    let failures = 0
    let isFirst = true
    while (!stopped.signal.aborted) {
      connection = new AbortController()
      options.onState(isFirst ? "connecting" : "reconnecting")
      const outcome = await readOnce(options, connection, {
        isResume: !isFirst || options.isResume === true,
        onLive() {
          isLive = true
          failures = 0
          heardMs = now()
          options.onState("live")
        },
        onBytes() {
          heardMs = now()
        },
      })
      isLive = false
      if (stopped.signal.aborted) return
      if (outcome.kind === "refused") {
        options.onState("closed")
        return options.onClosed(outcome.status)
      }
      isFirst = false
      failures += 1
      options.onState("reconnecting")
      pause = new AbortController()
      const delay = Math.max(outcome.retryMs, backoffMs(failures, options.random ?? Math.random))
      await wait(delay, pause.signal)
      pause = null
    }
  }

  return {
    start: () => void run(),
    wake(reason) {
      if (pause !== null) return pause.abort()
      // 20 s: more than one keepalive is missing. A network that changed took the connection with it.
      if (isLive && (reason === "online" || now() - heardMs > 20_000)) connection?.abort()
    },
    sleep: () => connection?.abort(),
    stop() {
      stopped.abort()
      connection?.abort()
      pause?.abort()
    },
  }
}

type Outcome = { kind: "ended"; retryMs: number } | { kind: "refused"; status: number }

interface Hooks {
  isResume: boolean
  onLive(): void
  onBytes(): void
}

async function readOnce(
  options: EventReaderOptions,
  connection: AbortController,
  hooks: Hooks,
): Promise<Outcome> {
  const silenceMs = options.silenceMs ?? silenceMsMax
  let silence = setTimeout(() => connection.abort(), silenceMs)
  const heard = () => {
    clearTimeout(silence)
    silence = setTimeout(() => connection.abort(), silenceMs)
  }
  try {
    const [response, { createParser }] = await Promise.all([
      (options.fetch ?? fetch)(options.url(), {
        headers: { ...options.headers, accept: "text/event-stream" },
        cache: "no-store",
        credentials: "same-origin",
        signal: connection.signal,
      }),
      // Of all tabs of a browser only the one that leads needs it.
      import("eventsource-parser"),
    ])
    heard()
    if (!isEventStream(response)) {
      await response.body?.cancel()
      if ([401, 403, 404].includes(response.status)) {
        return { kind: "refused", status: response.status }
      }
      return { kind: "ended", retryMs: retryAfterMs(response) }
    }
    hooks.onLive()
    return {
      kind: "ended",
      retryMs: await readBody(options, response, { ...hooks, heard, createParser }),
    }
  } catch {
    // A cut connection and our own abort look alike, and both mean: try again. Nothing else throws here.
    return { kind: "ended", retryMs: 0 }
  } finally {
    clearTimeout(silence)
    connection.abort()
  }
}

async function readBody(
  options: EventReaderOptions,
  response: Response,
  hooks: Hooks & { heard: () => void; createParser: typeof createParser },
): Promise<number> {
  const now = options.now ?? Date.now
  const skewMs = clockSkewMs(response, now())
  const openedMs = now()
  let retryMs = 0
  const parser = hooks.createParser({
    maxBufferSize: eventCharactersMax,
    onRetry: (ms) => (retryMs = Math.min(ms, 30_000)),
    onEvent(event) {
      const isKnownTime = !hooks.isResume || now() - openedMs > catchUpMs
      options.onEvent(event, isKnownTime ? now() + skewMs : null)
    },
  })
  const decoder = new TextDecoder()
  const body = response.body?.getReader()
  if (body === undefined) return retryMs
  for (;;) {
    const { done, value } = await body.read()
    if (done) return retryMs
    hooks.heard()
    hooks.onBytes()
    parser.feed(decoder.decode(value, { stream: true }))
    options.onRead?.()
  }
}

function isEventStream(response: Response): boolean {
  return (
    response.status === 200 &&
    (response.headers.get("content-type") ?? "").startsWith("text/event-stream")
  )
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get("retry-after"))
  return Number.isFinite(seconds) ? Math.min(seconds, 30) * 1000 : 0
}

/** `Date` is whole seconds and the way takes time: below 2 s the clocks count as one. */
function clockSkewMs(response: Response, nowMs: number): number {
  const serverMs = Date.parse(response.headers.get("date") ?? "")
  const skew = serverMs + 500 - nowMs
  return Number.isNaN(skew) || Math.abs(skew) < 2_000 ? 0 : skew
}

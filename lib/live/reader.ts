import type { StreamScope } from "#lib/protocol/events.ts"

/** Where a reader writes: a socket or a web stream. */
export interface StreamSink {
  /**
   * Takes bytes of the stream.
   * @returns false when the sink is full: nothing more comes until `Reader.resume`
   */
  write(bytes: Uint8Array): boolean
  /** The stream is over; nothing is written after this. */
  end(): void
}

/** One attached stream. */
export interface Reader {
  /** The sink has room again. */
  resume(): void
  /** The other side is gone, or the process drains. Idempotent. */
  close(): void
}

/** Where a stream starts. `unknown` = the client's cursor is unreadable. */
export type StreamStart = { kind: "live" } | { kind: "after"; seq: number } | { kind: "unknown" }

export interface AttachOptions {
  tenantId: string
  conversationId: string
  start: StreamStart
  scope: StreamScope
}

/** Opens a stream into a sink; the body of a streaming HTTP reply. */
export type OpenStream = (sink: StreamSink) => Reader

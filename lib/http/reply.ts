import type { OpenStream } from "#lib/live/reader.ts"

/** The authorization a stream depends on, so that it can be ended when that is lost. */
export interface StreamGrant {
  tenantId: string
  userId: string
  /** Null = the person's own conversations; the stream itself drops those they lose access to. */
  conversationId: string | null
  credentialKind: "token" | "session"
  credentialId: string
  isAdminView: boolean
}

export interface StreamBody {
  open: OpenStream
  grant: StreamGrant
}

/** A body generated while it is sent, at its reader's pace: never whole in memory. */
interface ChunkedBody {
  chunks: AsyncIterable<string>
}

export interface Reply {
  status: number
  headers: Readonly<Record<string, string>>
  /** `Set-Cookie` values. */
  cookies?: readonly string[]
  body: Uint8Array | string | null | StreamBody | ChunkedBody
}

const jsonType = "application/json; charset=utf-8"

/** On every reply of the wire contract: no caching, sniffing, framing or embedding. */
export const plainHeaders: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
}

export const jsonHeaders: Readonly<Record<string, string>> = {
  ...plainHeaders,
  "Content-Type": jsonType,
}

export function jsonReply(status: number, value: unknown): Reply {
  return { status, headers: jsonHeaders, body: JSON.stringify(value) }
}

/** For pre-encoded JSON. */
export function jsonTextReply(status: number, json: string): Reply {
  return { status, headers: jsonHeaders, body: json }
}

export function emptyReply(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers: { ...plainHeaders, ...headers }, body: null }
}

export function isStreamBody(body: Reply["body"]): body is StreamBody {
  return typeof body === "object" && body !== null && "open" in body
}

export function isChunkedBody(body: Reply["body"]): body is ChunkedBody {
  return typeof body === "object" && body !== null && "chunks" in body
}

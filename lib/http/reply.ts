import type { OpenStream } from "#lib/live/reader.ts"

/** What a stream stands for, so that it can be ended when the right to it is gone. */
export interface StreamGrant {
  tenantId: string
  userId: string
  /** Null = the person's own conversations; the stream itself drops those it may not see. */
  conversationId: string | null
  credentialKind: "token" | "session"
  credentialId: string
  isAdminView: boolean
}

export interface StreamBody {
  open: OpenStream
  grant: StreamGrant
}

/** A body that is made while it is sent, at its reader's pace: never whole in memory. */
interface ChunkedBody {
  chunks: AsyncIterable<string>
}

export interface Reply {
  status: number
  headers: Readonly<Record<string, string>>
  /** Lines of `Set-Cookie`. */
  cookies?: readonly string[]
  body: Uint8Array | string | null | StreamBody | ChunkedBody
}

const jsonType = "application/json; charset=utf-8"

/** On every reply of the wire contract: never cached, never sniffed, never framed, never embedded. */
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

/** For JSON that has been encoded already. */
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

import type { Runtime } from "#lib/runtime.ts"

import { isChunkedBody, isStreamBody, type Reply } from "./reply.ts"
import { openChunks } from "./send-chunks.ts"
import { openAsWebStream } from "./web-sink.ts"

/** A reply as a web Response, for Next route handlers. */
export function toResponse(
  runtime: Runtime,
  reply: Reply,
  requestId: string,
  method: string,
): Response {
  const headers = new Headers(reply.headers)
  headers.set("X-Request-Id", requestId)
  for (const cookie of reply.cookies ?? []) headers.append("Set-Cookie", cookie)
  const { body } = reply
  if (isStreamBody(body)) {
    return new Response(method === "HEAD" ? null : openAsWebStream(runtime, body), {
      status: reply.status,
      headers,
    })
  }
  if (isChunkedBody(body)) {
    return new Response(method === "HEAD" ? null : openChunks(runtime, body.chunks), {
      status: reply.status,
      headers,
    })
  }
  return new Response(asBodyInit(body), { status: reply.status, headers })
}

function asBodyInit(body: Uint8Array | string | null): BodyInit | null {
  // Response's types require an ArrayBuffer underneath; ours never use shared memory.
  return typeof body === "object" && body !== null ? new Uint8Array(body) : body
}

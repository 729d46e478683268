import type { OutgoingHttpHeaders, ServerResponse } from "node:http"

import type { Runtime } from "#lib/runtime.ts"

import { isChunkedBody, isStreamBody, type Reply } from "./reply.ts"
import { sendChunks } from "./send-chunks.ts"
import { openIntoSocket } from "./socket-sink.ts"

/** Writes a reply straight to a node:http response; a stream stays open after this returns. */
export function writeTo(
  runtime: Runtime,
  reply: Reply,
  response: ServerResponse,
  requestId: string,
): void {
  if (response.destroyed || response.headersSent) return
  const { body } = reply
  if (isStreamBody(body)) {
    // The end of the connection ends the stream: no chunked encoding, one write per batch.
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
    response.writeHead(reply.status, { ...reply.headers, "X-Request-Id": requestId })
    if (response.req.method === "HEAD") {
      response.end()
      return
    }
    response.socket?.setNoDelay(true)
    response.flushHeaders()
    openIntoSocket(runtime, response, body)
    return
  }
  if (isChunkedBody(body)) {
    response.writeHead(reply.status, { ...reply.headers, "X-Request-Id": requestId })
    if (response.req.method === "HEAD") response.end()
    else void sendChunks(runtime, response, body.chunks)
    return
  }
  const headers: OutgoingHttpHeaders = { ...reply.headers, "X-Request-Id": requestId }
  if (reply.cookies !== undefined) headers["Set-Cookie"] = [...reply.cookies]
  if (reply.status !== 204) headers["Content-Length"] = byteLength(body)
  response.writeHead(reply.status, headers)
  response.end(body)
}

function byteLength(body: Uint8Array | string | null): number {
  if (body === null) return 0
  return typeof body === "string" ? Buffer.byteLength(body) : body.byteLength
}

import type { IncomingMessage, ServerResponse } from "node:http"

import { limits } from "#lib/protocol/limits.ts"

const discardLimitMs = 5_000
/** Time for the answer to arrive before a connection that is still sending is cut. */
const lingerMs = 500

/**
 * Bounds the unread rest of a request body: after the answer at most 4 MiB or 5 s more, then the
 * connection is cut. The rest of a small body is read, so the connection can be reused.
 */
export function discardLeftover(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  // Before `finish`, when Node would start to discard the rest itself, without any limit.
  response.once("prefinish", () => {
    if (request.complete) return
    // Paused or destroyed: the body reader has already discarded as much as is allowed.
    const isExhausted = request.destroyed || request.isPaused()
    const cut = () => socket.destroy()
    const timer = setTimeout(cut, isExhausted ? lingerMs : discardLimitMs)
    timer.unref()
    socket.once("close", () => clearTimeout(timer))
    const isLast = !response.shouldKeepAlive
    // Closing at once with unread data would reset the connection, and a client that is still sending
    // would lose the answer.
    if (isLast) socket.destroySoon = () => void socket.end()
    if (isExhausted) return
    request.once("end", () => {
      clearTimeout(timer)
      if (isLast) setTimeout(cut, lingerMs).unref()
    })
    let bytes = 0
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= limits.discardBytesMax) return
      request.pause()
      setTimeout(cut, lingerMs).unref()
    })
    request.read(0)
    request.resume()
  })
}

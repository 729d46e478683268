import type { IncomingMessage, ServerResponse } from "node:http"

import { limits } from "#lib/protocol/limits.ts"

const discardLimitMs = 5_000
/** Time for the answer to arrive before a connection that still sends is cut. */
const lingerMs = 500

/**
 * Bounds what is read of a body that nobody wanted: after the answer at most 4 MiB or 5 s more, then
 * the connection is cut. The rest of a small body is read, and the connection stays in use.
 */
export function discardLeftover(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request
  // Before `finish`: there Node would start to throw the rest away itself, without any limit.
  response.once("prefinish", () => {
    if (request.complete) return
    // Paused or destroyed: its reader has discarded as much as is allowed.
    const isExhausted = request.destroyed || request.isPaused()
    const cut = () => socket.destroy()
    const timer = setTimeout(cut, isExhausted ? lingerMs : discardLimitMs)
    timer.unref()
    socket.once("close", () => clearTimeout(timer))
    const isLast = !response.shouldKeepAlive
    // Closing it at once, with something unread, would take the answer away from who still sends.
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

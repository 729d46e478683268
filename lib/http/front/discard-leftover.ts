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
  response.once("finish", () => {
    if (request.complete || request.destroyed) return
    // Paused: its reader has discarded as much as is allowed.
    const timer = setTimeout(
      () => request.socket.destroy(),
      request.isPaused() ? lingerMs : discardLimitMs,
    )
    timer.unref()
    let bytes = 0
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limits.discardBytesMax) request.socket.destroy()
    })
    if (!request.isPaused()) request.resume()
    request.once("close", () => clearTimeout(timer)).once("end", () => clearTimeout(timer))
  })
}

import type { IncomingMessage } from "node:http"

import type { BodySource } from "./call.ts"

const largeBytes = 256 * 1024

/** The body of a node:http request. Reading through events costs a third of async iteration. */
export class NodeBody implements BodySource {
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage) {
    this.#request = request
  }

  read(bytesMax: number, discardBytesMax: number): Promise<Uint8Array | null> {
    const request = this.#request
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const whole = allocateFor(request, bytesMax)
      let size = 0
      const stop = (outcome: Uint8Array | null | Error) => {
        request
          .off("data", onData)
          .off("end", onEnd)
          .off("error", onEarlyEnd)
          .off("close", onEarlyEnd)
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      }
      const onData = (chunk: Buffer) => {
        size += chunk.length
        if (whole !== null) chunk.copy(whole, size - chunk.length)
        else if (size <= bytesMax) chunks.push(chunk)
        else {
          chunks.length = 0
          if (size > bytesMax + discardBytesMax) {
            request.pause()
            stop(null)
          }
        }
      }
      const onEnd = () => {
        if (whole !== null) stop(whole.subarray(0, size))
        else if (size > bytesMax) stop(null)
        else
          stop(
            chunks.length === 1 && chunks[0] !== undefined
              ? chunks[0]
              : Buffer.concat(chunks, size),
          )
      }
      const onEarlyEnd = () => stop(new Error("the request ended early"))
      request.on("data", onData).on("end", onEnd).on("error", onEarlyEnd).on("close", onEarlyEnd)
    })
  }
}

/**
 * Room for a large body that says how long it is, filled as it comes: to join its pieces at the end
 * would take as long as all of them together. Nothing of it is in use before it is written to.
 */
function allocateFor({ headers }: IncomingMessage, bytesMax: number): Buffer | null {
  const length = Number(headers["content-length"] ?? 0)
  return length > largeBytes && length <= bytesMax ? Buffer.allocUnsafeSlow(length) : null
}

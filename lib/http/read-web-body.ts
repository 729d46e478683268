import type { BodySource } from "./call.ts"

/** The body of a web Request. */
export class WebBody implements BodySource {
  readonly #stream: ReadableStream<Uint8Array> | null

  constructor(request: Request) {
    this.#stream = request.body
  }

  async read(bytesMax: number, discardBytesMax: number): Promise<Uint8Array | null> {
    if (this.#stream === null) return new Uint8Array()
    const chunks: Uint8Array[] = []
    let size = 0
    const reader = this.#stream.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return size > bytesMax ? null : Buffer.concat(chunks, size)
      size += value.byteLength
      if (size <= bytesMax) chunks.push(value)
      else {
        chunks.length = 0
        if (size > bytesMax + discardBytesMax) {
          await reader.cancel()
          return null
        }
      }
    }
  }
}

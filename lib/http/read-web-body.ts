import type { BodySource, CountBytes } from "./call.ts"
import { GrowingBuffer } from "./growing-buffer.ts"

/** The body of a web Request. */
export class WebBody implements BodySource {
  readonly #stream: ReadableStream<Uint8Array> | null

  constructor(request: Request) {
    this.#stream = request.body
  }

  async read(
    bytesMax: number,
    discardBytesMax: number,
    count: CountBytes,
  ): Promise<Uint8Array | null> {
    if (this.#stream === null) return new Uint8Array()
    const kept = new GrowingBuffer(bytesMax)
    let size = 0
    const reader = this.#stream.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return size > bytesMax ? null : kept.take()
      size += value.byteLength
      if (size > bytesMax) {
        kept.clear()
        if (size <= bytesMax + discardBytesMax) continue
        await reader.cancel()
        return null
      }
      try {
        count(value.byteLength)
      } catch (refusal) {
        await reader.cancel()
        throw refusal
      }
      kept.append(Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    }
  }
}

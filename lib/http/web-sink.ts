import type { Reader, StreamSink } from "#lib/live/reader.ts"
import type { Runtime } from "#lib/runtime.ts"

import { openStreams, type LiveStream } from "./open-streams.ts"
import type { StreamBody, StreamGrant } from "./reply.ts"

/** High-water mark of a web stream's buffer. */
const bufferBytesMax = 64 * 1024

/** A stream over a web ReadableStream that is pulled, never pushed beyond its buffer. */
class WebSink implements StreamSink, LiveStream {
  readonly grant: StreamGrant
  #controller: ReadableStreamDefaultController<Uint8Array> | null
  #reader: Reader | null = null
  #isFull = false

  constructor(controller: ReadableStreamDefaultController<Uint8Array>, grant: StreamGrant) {
    this.#controller = controller
    this.grant = grant
  }

  attach(reader: Reader): void {
    if (this.#controller === null) reader.close()
    else this.#reader = reader
  }

  write(bytes: Uint8Array): boolean {
    if (this.#controller === null) return false
    this.#controller.enqueue(bytes)
    this.#isFull = (this.#controller.desiredSize ?? 0) <= 0
    return !this.#isFull
  }

  pulled(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#reader?.resume()
  }

  end(): void {
    const controller = this.#controller
    this.closed()
    // The reader may never drain a full buffer, so the stream is aborted.
    if (this.#isFull) controller?.error(new Error("the reader takes nothing"))
    else controller?.close()
  }

  closed(): void {
    const reader = this.#reader
    this.#controller = null
    this.#reader = null
    openStreams().remove(this)
    reader?.close()
  }
}

/** A web stream over an event stream; cancelling it closes the reader. */
export function openAsWebStream(runtime: Runtime, stream: StreamBody): ReadableStream<Uint8Array> {
  let sink: WebSink | null = null
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        sink = new WebSink(controller, stream.grant)
        const open = openStreams().add(sink, stream, runtime)
        sink.attach(open(sink))
      },
      pull() {
        sink?.pulled()
      },
      cancel() {
        sink?.closed()
      },
    },
    { highWaterMark: bufferBytesMax, size: (chunk) => chunk.byteLength },
  )
}

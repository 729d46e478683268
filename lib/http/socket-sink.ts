import type { ServerResponse } from "node:http"

import type { Reader, StreamSink } from "#lib/live/reader.ts"
import type { Runtime } from "#lib/runtime.ts"

import { openStreams, type LiveStream } from "./open-streams.ts"
import type { StreamBody, StreamGrant } from "./reply.ts"

const sinkKey = Symbol("sink")

/** The response references its sink, so that listeners are shared instead of created per stream. */
interface StreamResponse extends ServerResponse {
  [sinkKey]?: SocketSink
}

/** A stream written directly to a socket. */
class SocketSink implements StreamSink, LiveStream {
  readonly grant: StreamGrant
  #response: StreamResponse | null
  #reader: Reader | null = null

  constructor(response: StreamResponse, grant: StreamGrant) {
    this.#response = response
    this.grant = grant
  }

  attach(reader: Reader): void {
    if (this.#response === null) reader.close()
    else this.#reader = reader
  }

  write(bytes: Uint8Array): boolean {
    return this.#response?.write(bytes) ?? false
  }

  resume(): void {
    this.#reader?.resume()
  }

  end(): void {
    const response = this.#response
    this.closed()
    if (response === null) return
    // A stalled socket would never drain to its end.
    if (response.writableNeedDrain) response.destroy()
    else response.end()
  }

  closed(): void {
    const reader = this.#reader
    this.#response = null
    this.#reader = null
    openStreams().remove(this)
    reader?.close()
  }
}

/** Opens a stream into a response whose head has been written. */
export function openIntoSocket(
  runtime: Runtime,
  response: ServerResponse,
  stream: StreamBody,
): void {
  const target: StreamResponse = response
  const sink = new SocketSink(target, stream.grant)
  target[sinkKey] = sink
  target.on("drain", onDrain).on("close", onClose).on("error", onClose)
  const open = openStreams().add(sink, stream, runtime)
  sink.attach(open(sink))
}

function onDrain(this: StreamResponse): void {
  this[sinkKey]?.resume()
}

function onClose(this: StreamResponse): void {
  this[sinkKey]?.closed()
}

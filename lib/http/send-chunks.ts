import type { ServerResponse } from "node:http"
import { pipeline } from "node:stream/promises"

import type { Runtime } from "#lib/runtime.ts"

/** A reader that accepts no data for this long is disconnected. */
const stallMs = 30_000

/**
 * Writes chunks to a socket with backpressure. The status has already been sent, so a failure cuts the
 * connection; otherwise a partial body could pass for a complete one.
 */
export async function sendChunks(
  runtime: Runtime,
  response: ServerResponse,
  chunks: AsyncIterable<string>,
): Promise<void> {
  response.setTimeout(stallMs, () => response.destroy())
  try {
    await pipeline(chunks, response)
  } catch (error) {
    const isReaderGone = error instanceof Error && "code" in error && error.code === goneCode
    if (!isReaderGone) runtime.log.error({ err: error }, "an answer failed while it was generated")
  }
}

const goneCode = "ERR_STREAM_PREMATURE_CLOSE"

/** Chunks as a pull-based web stream; cancelling it stops their generator. */
export function openChunks(
  runtime: Runtime,
  chunks: AsyncIterable<string>,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let stalled: NodeJS.Timeout | undefined
  const stop = async () => {
    clearTimeout(stalled)
    await iterator.return?.()
  }
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      clearTimeout(stalled)
      try {
        const next = await iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(encoder.encode(next.value))
      } catch (error) {
        runtime.log.error({ err: error }, "an answer failed while it was generated")
        controller.error(error)
        return
      }
      stalled = setTimeout(() => {
        controller.error(new Error("the reader takes nothing"))
        void stop()
      }, stallMs).unref()
    },
    cancel: stop,
  })
}

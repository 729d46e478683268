import { isAppError } from "#lib/errors.ts"
import type { Log } from "#lib/log.ts"

import type { Hub } from "./hub.ts"
import type { AttachOptions, OpenStream } from "./reader.ts"

/** Reconnect delay sent to clients, in ms. */
const retryMs = 1_000
export const openingFrame = new TextEncoder().encode(`retry: ${retryMs}\n: connected\n\n`)

/**
 * A stream of one conversation: history after the start, then live, without a gap and without a
 * duplicate. The caller has checked access. A stream that cannot be fed any more just ends: the
 * client comes back with its cursor.
 * @see docs/protocol.md#event-stream
 */
export function attachStream(
  dependencies: { hub: Hub; log: Log },
  options: AttachOptions,
): OpenStream {
  return (sink) => {
    sink.write(openingFrame)
    const { reader, begin } = dependencies.hub.register(options, sink)
    begin().catch((error: unknown) => {
      if (!isAppError(error)) dependencies.log.warn({ err: error }, "a stream could not start")
      reader.end()
    })
    return reader
  }
}

import { expect, test } from "vitest"

import type { StreamBody } from "#lib/http/reply.ts"
import { openAsWebStream } from "#lib/http/web-sink.ts"
import type { StreamSink } from "#lib/live/reader.ts"
import type { Runtime } from "#lib/runtime.ts"

const grant = {
  tenantId: "",
  userId: "",
  conversationId: "",
  credentialKind: "token",
  credentialId: "",
  isAdminView: false,
} as const

/** An endless source that writes only while its sink has room. */
class Source {
  sink: StreamSink | null = null
  written = 0
  closes = 0

  readonly body: StreamBody = {
    grant,
    open: (sink) => {
      this.sink = sink
      this.fill()
      return { resume: () => this.fill(), close: () => (this.closes += 1) }
    },
  }

  fill(): void {
    let hasRoom = true
    while (hasRoom && this.written < 10_000_000) {
      hasRoom = this.sink?.write(new Uint8Array(1_000)) ?? false
      this.written += 1_000
    }
  }
}

// Until rights are checked seconds later, the stream uses nothing else of its runtime.
const runtime = { env: { STUDIO_STREAMS_PER_USER: 50 } } as Runtime

test("a stalled reader causes no unbounded buffering", async () => {
  const source = new Source()
  const reader = openAsWebStream(runtime, source.body).getReader()
  expect(source.written).toBeLessThanOrEqual(66_000)
  await reader.read()
  await reader.cancel()
})

test("the buffer is refilled as it is read, up to the end", async () => {
  const source = new Source()
  const reader = openAsWebStream(runtime, source.body).getReader()
  let bytes = 0
  while (bytes < 1_000_000) {
    const { value } = await reader.read()
    bytes += value?.byteLength ?? 0
  }
  expect(source.written - bytes).toBeLessThanOrEqual(66_000)
  await reader.cancel()
})

test("cancelling closes the source, and later writes are refused", async () => {
  const source = new Source()
  const stream = openAsWebStream(runtime, source.body)
  await stream.cancel()
  expect(source.closes).toBe(1)
  expect(source.sink?.write(new Uint8Array(1))).toBe(false)
})

test("the end of the source ends the stream", async () => {
  let sink: StreamSink | null = null
  const stream = openAsWebStream(runtime, {
    grant,
    open: (opened) => {
      sink = opened
      opened.write(Buffer.from("bye"))
      return { resume: () => {}, close: () => {} }
    },
  })
  const closing = sink as StreamSink | null
  closing?.end()
  expect(await new Response(stream).text()).toBe("bye")
})

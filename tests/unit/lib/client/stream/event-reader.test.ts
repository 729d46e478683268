import fc from "fast-check"
import { afterEach, describe, expect, test, vi } from "vitest"

import {
  createEventReader,
  type ConnectionState,
  type EventReader,
} from "#lib/client/stream/event-reader.ts"
import { rowFromStream, type JournalRow } from "#lib/transcript/journal-row.ts"

let reader: EventReader | null = null
afterEach(() => reader?.stop())

/** A scripted server: each request gets the next script's response. */
function follow(scripts: ((request: { signal: AbortSignal }) => Response)[], silenceMs = 5_000) {
  const rows: JournalRow[] = []
  const states: ConnectionState[] = []
  const closed: number[] = []
  const asked: string[] = []
  let at = 0
  reader = createEventReader({
    url: () => `/stream?since=${rows.at(-1)?.seq ?? 0}`,
    onEvent(event, atMs) {
      const row = rowFromStream(event, atMs)
      if (row !== null) rows.push(row)
    },
    onState: (state) => states.push(state),
    onClosed: (status) => closed.push(status),
    random: () => 0,
    silenceMs,
    fetch: async (url, init) => {
      asked.push((typeof url === "string" ? url : "").split("=")[1] ?? "")
      const script = scripts[Math.min(at++, scripts.length - 1)]
      if (script === undefined || init?.signal == null) throw new TypeError("no script")
      return script({ signal: init.signal })
    },
  })
  reader.start()
  return { rows, states, closed, asked, reader }
}

function stream(chunks: Uint8Array[], signal: AbortSignal, staysOpen = true): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      if (!staysOpen) controller.close()
      else signal.addEventListener("abort", () => controller.error(new Error("aborted")))
    },
  })
  return new Response(body, { headers: { "content-type": "text/event-stream" } })
}

const bytes = (text: string) => new TextEncoder().encode(text)
const delta = (seq: number, text: string) =>
  `event: text_delta\nid: ${seq}\ndata: ${JSON.stringify({ turn_id: "t", text })}\n\n`

describe("createEventReader", () => {
  test("events survive any chunking of the bytes, with CR, LF, NUL and U+2028 in their text", async () => {
    const texts = fc.array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.constantFrom("\r\n", "\0", "\u2028", "data: x\n\n", "😀"),
      ),
      { minLength: 1, maxLength: 5 },
    )
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.nat(), { maxLength: 8 }), async (sent, cuts) => {
        const all = bytes(
          `retry: 10\n: hello\n\n${sent.map((text, index) => delta(index + 1, text)).join("")}`,
        )
        const ends = [...cuts.map((cut) => cut % all.length), all.length].toSorted((a, b) => a - b)
        const chunks = ends
          .map((end, index) => all.slice(ends[index - 1] ?? 0, end))
          .filter((chunk) => chunk.length > 0)
        const seen = follow([({ signal }) => stream(chunks, signal)])
        await vi.waitFor(() => expect(seen.rows).toHaveLength(sent.length), { interval: 2 })
        seen.reader.stop()
        expect(seen.rows.map((row) => row.kind === "text_delta" && row.payload.text)).toEqual(
          sent.map((text) => text.toWellFormed()),
        )
      }),
      { numRuns: 60 },
    )
  })

  test("an interrupted stream resumes after the last delivered event", async () => {
    const seen = follow([
      ({ signal }) => stream([bytes(delta(1, "a") + delta(2, "b"))], signal, false),
      ({ signal }) => stream([bytes(delta(3, "c"))], signal),
    ])
    await vi.waitFor(() => expect(seen.rows).toHaveLength(3))
    expect(seen.asked).toEqual(["0", "2"])
    expect(seen.states).toEqual(["connecting", "live", "reconnecting", "reconnecting", "live"])
  })

  test("events replayed after a resume have no known time", async () => {
    const seen = follow([
      ({ signal }) => stream([bytes(delta(1, "a"))], signal, false),
      ({ signal }) => stream([bytes(delta(2, "b"))], signal),
    ])
    await vi.waitFor(() => expect(seen.rows).toHaveLength(2))
    expect(seen.rows.map((row) => row.atMs !== null)).toEqual([true, false])
  })

  test.each([503, 429, 500, 502, 204])("%i and network failures are retried", async (status) => {
    const seen = follow([
      () => new Response(null, { status }),
      () => {
        throw new TypeError("network")
      },
      ({ signal }) => stream([bytes(delta(1, "a"))], signal),
    ])
    await vi.waitFor(() => expect(seen.rows).toHaveLength(1))
    expect(seen.closed).toEqual([])
  })

  test.each([401, 403, 404])("%i ends the stream for good", async (status) => {
    const seen = follow([() => new Response("{}", { status })])
    await vi.waitFor(() => expect(seen.closed).toEqual([status]))
    expect(seen.asked).toHaveLength(1)
    expect(seen.states.at(-1)).toBe("closed")
  })

  test("a silent connection is dropped and reopened", async () => {
    const seen = follow(
      [
        ({ signal }) => stream([bytes(delta(1, "a"))], signal),
        ({ signal }) => stream([bytes(delta(2, "b"))], signal),
      ],
      30,
    )
    await vi.waitFor(() => expect(seen.rows.length).toBeGreaterThanOrEqual(2))
  })

  test("coming online drops the old connection and resumes at once", async () => {
    const seen = follow([
      ({ signal }) => stream([bytes(delta(1, "a"))], signal),
      ({ signal }) => stream([bytes(delta(2, "b"))], signal),
    ])
    await vi.waitFor(() => expect(seen.rows).toHaveLength(1))
    seen.reader.wake("online")
    await vi.waitFor(() => expect(seen.rows).toHaveLength(2))
    expect(seen.asked[1]).toBe("1")
  })
})

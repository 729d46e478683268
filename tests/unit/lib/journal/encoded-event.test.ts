import { createParser, type EventSourceMessage } from "eventsource-parser"
import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { decodeBatch, encodeBatch, encodeFrame } from "#lib/journal/encoded-event.ts"
import { wellFormedJson } from "#lib/journal/well-formed.ts"

/** Strings that try to end a field, an event or a line. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "\r",
        "\n",
        "\r\n",
        "\0",
        "\u2028",
        "\u2029",
        "\u0085",
        "\ufeff",
        "\ud800",
        "id: 9",
        "data:",
        "event: final",
        ": x",
        "\n\ndata: {}\n\n",
        "🙂",
        "a",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
)

function parse(frames: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = []
  createParser({ onEvent: (event) => events.push(event) }).feed(frames)
  return events
}

describe("a frame", () => {
  test("carries any text as exactly one event", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 5 }), (texts) => {
        const frames = texts.map((text, index) =>
          encodeFrame({ seq: index + 1, kind: "text_delta", json: wellFormedJson({ text }) }),
        )
        const events = parse(frames.join(""))
        expect(events.map((event) => event.id)).toEqual(texts.map((_, index) => String(index + 1)))
        expect(events.map((event) => event.event)).toEqual(texts.map(() => "text_delta"))
        for (const [index, event] of events.entries()) {
          const clean = (texts[index] ?? "").toWellFormed().replaceAll("\0", "")
          expect(JSON.parse(event.data)).toEqual({ text: clean })
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe("a batch on the wire", () => {
  test("round-trips", () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 6 }), fc.nat(1e9), (texts, base) => {
        const events = texts.map((text, index) => ({
          seq: base + index + 1,
          kind: "text_delta" as const,
          json: wellFormedJson({ text }),
        }))
        const batch = {
          conversationId: "c",
          firstSeq: base + 1,
          lastSeq: base + texts.length,
          events,
        }
        expect(decodeBatch("c", encodeBatch(batch))).toEqual(batch)
      }),
    )
  })

  test("of any other shape is rejected", () => {
    for (const message of ["", "look", "1 final", "x y\n{}", "1 a\n{}\n3 b\n{}"]) {
      expect(decodeBatch("c", message)).toBeNull()
    }
  })
})

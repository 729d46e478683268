import type { PlayedReply } from "./model-script.ts"
import { harmful, harmless } from "./mutate-stream.ts"
import { below, pick, type Random } from "./random.ts"
import { type WireFormatStreams } from "./wire-streams.ts"

type Kind = (random: Random, wire: WireFormatStreams) => PlayedReply

const statuses = [
  300, 301, 302, 400, 401, 402, 403, 404, 405, 408, 409, 413, 422, 429, 451, 500, 502, 503, 529,
  599,
]
const refusals: readonly string[] = [
  "",
  "{}",
  "null",
  "overloaded",
  "<html><title>502 Bad Gateway</title></html>",
  '{"error":{"message":"bad thing","code":"insufficient_quota"}}',
  '[{"error":{"message":"bad thing"}}]',
  '{"error":"context_length_exceeded"}',
  '{"detail":[{"msg":"test does not support tools"}]}',
  '{"error":{"error":{"error":{"error":{"error":{"error":{"error":"deep"}}}}}}}',
  "\u0000\u202e",
  `{"message":"${"x".repeat(100_000)}"}`,
]
const waits = ["0", "-1", "1e3", "0x10", "", "3600", "soon", "Tue, 01 Dec 2020 00:00:00 GMT"]

const text = (random: Random) =>
  pick(random, ["Hello", "Grüße 🙂", "", " ", "\n\n", "<think>hm", "a\u0000b", "\ud83d"])

const kinds: readonly Kind[] = [
  (random, wire) => harmful(random, wire.whole("Hel", "lo 🙂")),
  (random, wire) => harmful(random, wire.whole("Hel", "lo 🙂")),
  (random, wire) =>
    harmful(random, [
      ...wire.start,
      ...wire.call("c1", "calculate", '{"expression":"1+1"}'),
      ...wire.end,
    ]),
  (random, wire) => harmless(random, wire.whole("Hel", "lo 🙂")),
  (random) => ({
    status: pick(random, statuses),
    contentType: pick(random, ["application/json", "text/html", null]),
    headers: {
      "Retry-After": pick(random, waits),
      ...(random() < 0.3 ? { Location: "/elsewhere" } : {}),
    },
    pieces: [pick(random, refusals)],
  }),
  (random) => ({
    contentType: pick(random, ["text/html", "application/json", "text/plain", "image/png", null]),
    pieces: [pick(random, refusals)],
  }),
  (random) => ({ pieces: pick(random, [[], [": hi\n\n"], ["data: [DONE]\n\n"], ["data:\n\n"]]) }),
  (_, wire) => ({ pieces: wire.start, ending: "stall" }),
  (random, wire) => ({
    pieces: [...wire.start, wire.text(text(random))],
    ending: pick(random, ["stall", "cut", "end"] as const),
  }),
  (random, wire) => ({
    pieces: [...wire.start, wire.text(text(random)), ...wire.end],
    ending: pick(random, ["stall", "cut", "end"] as const),
  }),
  (_, wire) => ({ pieces: [...wire.start, ...wire.thought("hm"), ...wire.end] }),
  (random, wire) => ({
    pieces: [...wire.start, ...(random() < 0.5 ? wire.thought("hm") : []), ...wire.cutAtLimit],
  }),
  (random, wire) => ({
    pieces: [
      ...(random() < 0.5 ? [wire.text("Hel")] : []),
      wire.error(pick(random, [503, 400, "overloaded_error", "x"]), "GPU lost"),
    ],
  }),
  (random, wire) => ({
    pieces: Array.from({ length: 8 + below(random, 20) }, () => wire.text("drip ")),
    pauseMs: 50 + below(random, 200),
    ending: pick(random, ["stall", "cut"] as const),
  }),
  (random, wire) => {
    const name = pick(random, [
      "calculate",
      " calculate ",
      "functions.calculate",
      "calculate<|channel|>",
      "",
      "no such tool!",
      "x".repeat(300),
    ])
    const args = pick(random, [
      '{"expression":"2+2"}',
      "",
      "{",
      "[]",
      "null",
      '{"expression":5}',
      '"{}"',
    ])
    return {
      pieces: [
        ...wire.start,
        wire.text(text(random)),
        ...wire.call(pick(random, ["a", "a", "call_1|fc_2", ""]), name, args),
        ...wire.end,
      ],
    }
  },
  (random) => ({
    pieces: [Uint8Array.from({ length: 1 + below(random, 3_000) }, () => below(random, 256))],
  }),
  () => ({ pieces: [`data: {"x":"`, "x".repeat(600_000), "x".repeat(600_000)], ending: "stall" }),
  (random) => ({
    contentType: "application/json",
    pieces: [JSON.stringify({ choices: [{ message: { content: text(random) } }] })],
  }),
]

/** A random refusal, failure or unusual response of a model server. */
export function oddReply(random: Random, wire: WireFormatStreams): PlayedReply {
  return pick(random, kinds)(random, wire)
}

import type { PlayedReply } from "./model-script.ts"
import { pick, type Random } from "./random.ts"
import { wireFormats, type WireFormatStreams } from "./wire-streams.ts"

/** The text of every stream before mutation. */
export const wholeText = "Grüße 🙂, Hello"

/** A valid response, split into random pieces. */
export function soundStream(random: Random): { format: WireFormatStreams; events: string[] } {
  const format = pick(random, wireFormats)
  return { format, events: format.whole(...wholeText.split(/(?=[ ,el])/)) }
}

const ignored = new Set(["id", "created", "model", "object", "role", "item_id", "created_at"])
const odd: readonly unknown[] = [
  null,
  "",
  0,
  -1,
  1.5,
  1e19,
  true,
  false,
  [],
  {},
  [null],
  { error: null },
  "\u0000",
  "x".repeat(5_000),
  "7",
]

/** Mutations that keep the content: all of the text must still arrive. */
export function harmless(random: Random, events: readonly string[]): PlayedReply {
  const changed = events.flatMap((event) => {
    const extra =
      random() < 0.3
        ? [
            pick(random, [
              ": hi\n\n",
              ":\n",
              "\n",
              "id: 7\n",
              'event: ping\ndata: {"type":"ping"}\n\n',
              "data:\n\n",
            ]),
          ]
        : []
    return [...extra, changeEvent(event, (value) => changeIgnored(random, value))]
  })
  return { ...typeOf(random), pieces: split(random, Buffer.from(changed.join(""))) }
}

/** Arbitrary mutations. */
export function harmful(random: Random, events: readonly string[]): PlayedReply {
  let list = events.slice()
  for (let times = 1 + Math.floor(random() * 4); times > 0; times -= 1) {
    const at = Math.floor(random() * list.length)
    const roll = random()
    if (roll < 0.15) list.splice(at, 1)
    else if (roll < 0.3) list.splice(at, 0, list[Math.floor(random() * list.length)] ?? "")
    else if (roll < 0.4) list = list.slice(0, at)
    else list[at] = changeEvent(list[at] ?? "", (value) => changeAny(random, value))
  }
  let bytes = Buffer.from(list.join(""))
  if (random() < 0.2) bytes = bytes.subarray(0, Math.floor(random() * bytes.length))
  if (random() < 0.2 && bytes.length > 0) {
    bytes = Buffer.from(bytes)
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
  }
  const ending = pick(random, ["end", "end", "end", "cut"] as const)
  return { ...typeOf(random), pieces: split(random, bytes), ending }
}

function typeOf(random: Random): Pick<PlayedReply, "contentType"> {
  return {
    contentType: pick(random, [
      "text/event-stream",
      "text/event-stream; charset=utf-8",
      "application/json",
      "text/plain",
      null,
    ]),
  }
}

function split(random: Random, bytes: Buffer): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let from = 0; from < bytes.length;) {
    const to = from + 1 + Math.floor(random() ** 3 * 400)
    pieces.push(bytes.subarray(from, to))
    from = to
  }
  return pieces
}

function changeEvent(event: string, change: (value: unknown) => unknown): string {
  return event.replace(
    /^data: (\{.*\})$/m,
    (_, json: string) => `data: ${JSON.stringify(change(JSON.parse(json)))}`,
  )
}

function changeIgnored(random: Random, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => changeIgnored(random, part))
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([name, part]) =>
    // An item of OpenAI's is also identified by its id.
    ignored.has(name) && name !== "item_id" && random() < 0.3
      ? [name, pick(random, odd)]
      : [name, changeIgnored(random, part)],
  )
  if (random() < 0.2) entries.push([`x_new_${Math.floor(random() * 9)}`, pick(random, odd)])
  return Object.fromEntries(entries) as unknown
}

function changeAny(random: Random, value: unknown): unknown {
  if (random() < 0.08) return pick(random, odd)
  if (Array.isArray(value)) return value.map((part) => changeAny(random, part))
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value)
    .filter(() => random() > 0.06)
    .map(([name, part]) => [random() < 0.03 ? `${name}_` : name, changeAny(random, part)])
  return Object.fromEntries(entries) as unknown
}

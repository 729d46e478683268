import { beforeAll, expect, test } from "vitest"
import { z } from "zod"

import { routes } from "#lib/http/routes.ts"

/** Flat strings, as the JSON parser creates them. */
const long = [" ", "a", "\u4e2d", "\ud83c"].map((text) =>
  Buffer.from(text.repeat(4 * 1024 * 1024), "utf16le").toString("utf16le"),
)
/** zod counts the characters of a bounded text itself: once for a text, twice for a file. */
const lookRatioMax = 2.5
const noiseMs = 10

const bodies = routes.flatMap(({ method, path, body }) =>
  body instanceof z.ZodObject
    ? Object.keys(body.shape).map((field) => ({ name: `${method} ${path} ${field}`, field, body }))
    : [],
)
const lookMs = new Map<string, number>()

beforeAll(() => {
  const bounded = z.string().max(1)
  for (const text of long)
    lookMs.set(
      text,
      leastMs(() => bounded.safeParse(text)),
    )
})

/** CPU time of this thread alone, so that other processes do not count. */
function leastMs(run: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const before = process.threadCpuUsage()
    run()
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}

test("the contract has bodies with text fields", () => expect(bodies.length).toBeGreaterThan(20))

test.each(bodies)("$name: megabytes are refused by their length alone", ({ field, body }) => {
  const others = { text: "hello", attachments: null }
  for (const text of long) {
    for (const value of [
      text,
      [text],
      [{ filename: text, content_type: "text/plain", data_b64: "" }],
    ]) {
      const tookMs = leastMs(() => body.safeParse({ ...others, [field]: value }))
      expect(tookMs).toBeLessThan(lookRatioMax * (lookMs.get(text) ?? 0) + noiseMs)
    }
  }
})

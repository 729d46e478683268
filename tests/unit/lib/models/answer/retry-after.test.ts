import { describe, expect, it } from "vitest"

import { retryAfterInBody, retryAfterMs, whenToTry } from "#lib/models/answer/retry-after.ts"

const now = Date.parse("2026-12-01T00:00:00Z")

describe("Retry-After", () => {
  it.each<[Record<string, string>, number | null]>([
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after": "1.5" }, 1_500],
    [{ "retry-after": " 3 " }, 3_000],
    [{ "retry-after": "Tue, 01 Dec 2026 00:00:20 GMT" }, 20_000],
    [{ "retry-after": "Tue, 01 Dec 2020 00:00:20 GMT" }, 0],
    [{ "retry-after-ms": "250", "retry-after": "9" }, 250],
    [{ "retry-after": "" }, null],
    [{ "retry-after": "-4" }, null],
    [{ "retry-after": "0x10" }, null],
    [{ "retry-after": "1e3" }, null],
    [{ "retry-after": "Infinity" }, null],
    [{ "retry-after": "2026" }, 2_026_000],
    [{ "retry-after": "soon" }, null],
    [{ "retry-after": "99999999999999999999" }, null],
    [{}, null],
  ])("%j is %s ms", (headers, ms) => {
    expect(retryAfterMs(new Headers(headers), now)).toBe(ms)
  })

  it("in the body of a refusal is in seconds", () => {
    expect(retryAfterInBody({ error: { retry_after: 4 } })).toBe(4_000)
    expect(retryAfterInBody({ retry_after: "4" })).toBeNull()
    expect(retryAfterInBody([{ retry_after: -1 }])).toBeNull()
  })

  it.each<[number | null, string]>([
    [null, "in a moment"],
    [0, "in a moment"],
    [40_000, "in 40 seconds"],
    [600_000, "in 10 minutes"],
    [3_600_000, "in an hour"],
    [7_200_000, "in 2 hours"],
    [3 * 86_400_000, "in 3 days"],
  ])("of %s ms is displayed as %j", (ms, words) => {
    expect(whenToTry(ms)).toBe(words)
  })
})

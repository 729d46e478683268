import { describe, expect, test } from "vitest"

import { detailWords, verdictWords } from "#components/admin/audit/audit-words.ts"

const head = { seq: 12, hash: "00" }

describe("a verification in words", () => {
  test("reports an intact chain, its length, and waiting records", () => {
    expect(verdictWords({ checked: 1_200, ok: true, unsealed: 0, head })).toEqual({
      finding: "The chain holds: 1,200 records, each as it was sealed.",
      rest: "Nothing waits to be sealed.",
    })
    expect(verdictWords({ checked: 0, ok: true, unsealed: 1 })).toEqual({
      finding: "There is no sealed record yet.",
      rest: "1 record waits to be sealed.",
    })
  })

  test("reports the first break, its reason, and the intact part before it", () => {
    const broken = { checked: 6, ok: false, broken_at_seq: 7, unsealed: 3, head } as const
    expect(verdictWords({ ...broken, broken_reason: "content" })).toEqual({
      finding: "The chain is broken at record 7: it says something else than when it was sealed.",
      rest: "What was sealed before it holds: 6 records. 3 records wait to be sealed.",
    })
    expect(verdictWords({ ...broken, checked: 0, broken_reason: "missing" })).toEqual({
      finding: "The chain is broken at record 7: it is gone.",
      rest: "3 records wait to be sealed.",
    })
  })
})

test("details fit one line, changes show old and new value", () => {
  const detail = {
    slug: "helper",
    tools: { from: null, to: ["clock", "search"] },
    is_default: true,
    left: { over: 1 },
  }
  expect(detailWords(detail)).toBe(
    'slug: helper · tools: none → clock, search · is default: true · left: {"over":1}',
  )
  expect(detailWords({ from: null, to: 5_000 })).toBe("from: none · to: 5000")
})

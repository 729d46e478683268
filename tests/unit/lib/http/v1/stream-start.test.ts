import { expect, test } from "vitest"

import { toStart } from "#lib/http/v1/stream.ts"

const start = (query: string, lastEventId?: string) =>
  toStart({
    query: new URLSearchParams(query),
    headers: lastEventId === undefined ? {} : { "last-event-id": lastEventId },
  })

test("without a cursor the stream starts live", () => {
  expect(start("")).toEqual({ kind: "live" })
})

test("the reconnect header takes precedence over the query", () => {
  expect(start("since_seq=5")).toEqual({ kind: "after", seq: 5 })
  expect(start("since_seq=5", "9")).toEqual({ kind: "after", seq: 9 })
  expect(start("since_seq=5", "nonsense")).toEqual({ kind: "unknown" })
})

test("zero is before the first event", () => {
  expect(start("since_seq=0")).toEqual({ kind: "after", seq: 0 })
})

test.each([
  "-1",
  "abc",
  "1e99",
  "1.5",
  "",
  "9223372036854775808",
  "1&since_seq=2",
  "%00",
  " 1",
  "٣",
])("since_seq=%s is an unknown cursor, not an error", (value) => {
  expect(start(`since_seq=${value}`)).toEqual({ kind: "unknown" })
})

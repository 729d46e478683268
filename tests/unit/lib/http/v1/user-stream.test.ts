import { expect, test } from "vitest"

import { toStarts } from "#lib/http/v1/user-stream.ts"
import { encodeNamedFrame } from "#lib/journal/encoded-event.ts"

const one = "0193a000-0000-7000-8000-000000000001"
const other = "0193a000-0000-7000-8000-000000000002"

test("each conversation has its own cursor; a malformed one is unknown, a missing one is live", () => {
  expect([...toStarts(`${one}:7,${other.toUpperCase()}:0`)]).toEqual([
    [one, { kind: "after", seq: 7 }],
    [other, { kind: "after", seq: 0 }],
  ])
  expect([...toStarts("")]).toEqual([])
  expect(toStarts(one).get(one)).toEqual({ kind: "live" })
  for (const bad of [":", ":x", ":-1", ":1:2", ":99999999999999999999"]) {
    expect(toStarts(one + bad).get(one)).toEqual({ kind: "unknown" })
  }
  expect(toStarts(`${one}:1,${one}:2`).get(one)).toEqual({ kind: "unknown" })
})

test("a malformed or oversized list of conversations is refused", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => one.slice(0, -2) + String(10 + index)).join(",")
  expect(toStarts(many(50)).size).toBe(50)
  for (const bad of ["abc:1", ",", `${one}:1,`, many(51)]) {
    expect(() => toStarts(bad)).toThrow("`since`")
  }
})

test("a payload keeps its fields beside the conversation's id", () => {
  const frame = (json: string) => encodeNamedFrame(one, { seq: 3, kind: "title", json })
  expect(frame('{"title":"a"}')).toBe(
    `id: ${one}:3\nevent: title\ndata: {"conversation_id":"${one}","title":"a"}\n\n`,
  )
  expect(frame("{ }")).toContain(`data: {"conversation_id":"${one}"}\n`)
  expect(frame('{"title" : "a"}')).toContain(`"${one}","title" : "a"}\n`)
})

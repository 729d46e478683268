import fc from "fast-check"
import { expect, test } from "vitest"

import { parseListCursor } from "#lib/conversations/list-cursor.ts"

test.each([
  "",
  "x",
  "W10",
  Buffer.from('["title","a\\u0000","0198c2f4-6f3a-7cc1-9d58-3a4b5c6d7e8f"]').toString("base64url"),
  Buffer.from('["recent",1e300,"0198c2f4-6f3a-7cc1-9d58-3a4b5c6d7e8f"]').toString("base64url"),
  Buffer.from('["recent",1,"1"]').toString("base64url"),
  Buffer.from('["oldest",1,"0198c2f4-6f3a-7cc1-9d58-3a4b5c6d7e8f"]').toString("base64url"),
])("%j is refused before it reaches the database", (cursor) => {
  const sort = cursor.startsWith("WyJ0aXRsZ") ? "title" : "recent"
  expect(() => parseListCursor(sort, cursor)).toThrow(/cursor/)
})

test("no text causes any other error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parseListCursor("recent", text)).toThrow(
        expect.objectContaining({ code: "invalid_query" }),
      )
    }),
  )
})

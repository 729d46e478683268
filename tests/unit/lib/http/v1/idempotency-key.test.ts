import { expect, test } from "vitest"

import { settleKey } from "#lib/http/v1/idempotency-key.ts"

const settle = (sent: string | undefined, inBody?: string | null) =>
  settleKey({ headers: sent === undefined ? {} : { "idempotency-key": sent } }, inBody)

test.each([
  ["k", "k"],
  ['"k"', "k"],
  ['  "k" ', "k"],
  ['"a b"', "a b"],
  ['"a\\"b\\\\c"', 'a"b\\c'],
  ["a\\b", "a\\b"],
  ['a"b', 'a"b'],
  [`"${"k".repeat(255)}"`, "k".repeat(255)],
])("the header %s names the key %s", (sent, key) => {
  expect(settle(sent)).toBe(key)
  expect(settle(sent, key)).toBe(key)
  expect(settle(undefined, key)).toBe(key)
})

test.each([
  '"k',
  'k"',
  '"',
  '""',
  '"a"b"',
  '"a\\"',
  '"a\\b"',
  '"k"; a=1',
  '"k", "l"',
  "",
  "\u00e9",
  `"${"k".repeat(256)}"`,
])("the header %j names none", (sent) => {
  expect(() => settle(sent)).toThrow("Idempotency-Key must be")
})

test("a different key in the body is refused; quotes in the body are part of the key", () => {
  expect(() => settle('"k"', "l")).toThrow("different keys")
  expect(() => settle("k", '"k"')).toThrow("different keys")
  expect(settle(undefined, '"k"')).toBe('"k"')
})

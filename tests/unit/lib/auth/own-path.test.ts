import { expect, test } from "vitest"

import { ownPath } from "#lib/auth/own-path.ts"

test.each([
  "//evil.example",
  "/\\evil.example",
  "\\\\evil",
  "https:evil",
  "https://evil.example/",
  "javascript:alert(1)",
  "/\t/evil.example",
  "/\n/evil.example",
  " /c/1",
  "",
  "c/1",
  "/c/\\..\\x",
  "/.//evil.example",
  "/..//evil.example",
  "/c/..//evil.example",
  "/%2e//evil.example",
  undefined,
  ["/c/1"],
])("%j falls back to the start page", (wanted) => {
  expect(ownPath(wanted)).toBe("/")
})

test.each(["/", "/c/0190-1", "/c/1?x=1#42"])("%s is a path of the Studio", (wanted) => {
  expect(ownPath(wanted)).toBe(wanted)
})

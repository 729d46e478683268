import { expect, test } from "vitest"

import { emailAddress, inviteBody } from "#lib/protocol/people.ts"

test("an address is trimmed and lowercased", () => {
  expect(emailAddress.parse(" Kim@Northwind.Example ")).toBe("kim@northwind.example")
})

test.each([
  "\u212Aim@northwind.example",
  "\u0130an@northwind.example",
  "kim@northw\u0131nd.example",
  "\uFF4Bim@northwind.example",
  "k\u00EDm@northwind.example",
  "kim\u200B@northwind.example",
  "kim\u0000@northwind.example",
  "kim@northwind\u3002example",
  "kim @northwind.example",
  "kim@a@northwind.example",
  "kim",
  "",
])("%j is invalid, even where lower case would turn it into ASCII", (text) => {
  expect(emailAddress.safeParse(text).success).toBe(false)
  expect(inviteBody.safeParse({ email: text }).success).toBe(false)
})

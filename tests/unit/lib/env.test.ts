import { readFileSync } from "node:fs"

import { expect, test } from "vitest"

import { parseSettings } from "#lib/env.ts"

/** Every variable that the Studio reads. */
const names = [...readFileSync("lib/env.ts", "utf8").matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(
  (match) => match[1] ?? "",
)
const defaults = parseSettings({})
const blanks = ["", " ", "\t", "\r\n", "\u00a0", "\ufeff"]

test.each(names)("%s counts as not set when it is empty or blank", (name) => {
  for (const blank of blanks) expect(parseSettings({ [name]: blank })).toEqual(defaults)
})

test("all variables may be empty at once", () => {
  expect(parseSettings(Object.fromEntries(names.map((name) => [name, ""])))).toEqual(defaults)
})

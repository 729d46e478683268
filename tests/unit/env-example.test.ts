import { readFileSync } from "node:fs"

import { expect, test } from "vitest"

const names = (file: string, pattern: RegExp) =>
  [...readFileSync(file, "utf8").matchAll(pattern)]
    .map((match) => match[1] ?? "")
    .toSorted((one, other) => one.localeCompare(other))

test(".env.example lists every variable the Studio reads once and sets none", () => {
  const known = names("lib/env.ts", /^ {2}([A-Z][A-Z_]+): /gm)
  expect(known).toContain("DATABASE_URL")
  expect(names(".env.example", /^#([A-Z][A-Z_]+)=/gm)).toEqual(known)
  expect(names(".env.example", /^([A-Z_]+)=/gm)).toEqual([])
})

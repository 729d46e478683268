import { createHash } from "node:crypto"

import { expect, test } from "vitest"

import { findTokenPrincipal } from "#lib/auth/token-principal.ts"
import type { Runtime } from "#lib/runtime.ts"
import { checkToken, hashToken, mintToken } from "#lib/tokens/token-format.ts"

test("a minted token has the documented format and passes its own check", () => {
  for (let n = 0; n < 1_000; n++) {
    const token = mintToken()
    expect(token).toMatch(/^hq_pat_[0-9A-Za-z]{46}$/)
    expect(checkToken(token)).toBe(true)
  }
})

test("the checksum is the CRC32 of the preceding characters, in base62, zero-padded", () => {
  // Computed with another zlib.
  expect(checkToken("hq_pat_00000000000000000000000000000000000000000rXM1L")).toBe(true)
  expect(checkToken("hq_pat_000000000000000000000000000000000000006900iKen")).toBe(true)
})

test("tokens are unique, with uniformly distributed characters", () => {
  const tokens = Array.from({ length: 5_000 }, mintToken)
  expect(new Set(tokens).size).toBe(5_000)
  const counts = new Map<string, number>()
  for (const token of tokens) {
    for (const character of token.slice(7, 47)) {
      counts.set(character, (counts.get(character) ?? 0) + 1)
    }
  }
  expect(counts.size).toBe(62)
  const expected = (5_000 * 40) / 62
  const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0)
  // 61 degrees of freedom: 140 is exceeded by chance once in ten million runs.
  expect(chiSquare).toBeLessThan(140)
})

test("any single changed character is detected, without a lookup", async () => {
  const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
  // Any use of the database or of a cache would throw.
  const nothing = {} as Runtime
  const token = mintToken()
  let edits = 0
  for (let place = 0; place < token.length; place++) {
    for (const other of `${letters}_-é\n`) {
      if (other === token[place]) continue
      const edited = token.slice(0, place) + other + token.slice(place + 1)
      expect(await findTokenPrincipal(nothing, edited, null)).toBeNull()
      edits++
    }
  }
  expect(edits).toBeGreaterThan(46 * 61)
})

test.each([
  ["nothing", ""],
  ["a prefix alone", "hq_pat_"],
  ["another prefix", mintToken().replace("hq_pat_", "hq_xyz_")],
  ["space around it", ` ${mintToken()} `],
  ["a line after it", `${mintToken()}\n`],
  ["two of them", mintToken() + mintToken()],
  ["a megabyte", "hq_pat_".padEnd(1_000_000, "a")],
])("%s is no token", (_, text) => {
  expect(checkToken(text)).toBe(false)
})

test("the stored value is the SHA-256 of the whole token", () => {
  const token = mintToken()
  expect(hashToken(token)).toEqual(createHash("sha256").update(token, "utf8").digest())
})

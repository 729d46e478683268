import { describe, expect, test } from "vitest"

import { newId, parseId } from "#lib/ids.ts"

describe("an id", () => {
  test("is a UUID of version 7, unique, and later ones sort later", () => {
    const ids = Array.from({ length: 10_000 }, () => newId())
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.toSorted()).toEqual(ids)
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/)
  })

  test("stays monotonic when the clock goes back", () => {
    const now = Date.now() + 60_000
    expect(newId(now) < newId(now - 5_000)).toBe(true)
  })

  test("shares no random bits with its predecessor", () => {
    const tails = Array.from({ length: 1_000 }, () => newId().slice(24))
    expect(new Set(tails).size).toBe(tails.length)
  })

  test("is accepted in either case, and no other text is", () => {
    const id = newId()
    expect(parseId(id.toUpperCase())).toBe(id)
    for (const text of ["", "1", `${id}0`, `{${id}}`, id.replace("-", "_")]) {
      expect(parseId(text)).toBeNull()
    }
  })
})

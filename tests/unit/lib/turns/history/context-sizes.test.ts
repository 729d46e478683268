import { describe, expect, test } from "vitest"

import { ContextSizes } from "#lib/turns/history/context-sizes.ts"

describe("a model's context size", () => {
  test("is unknown until the first refusal", () => {
    const sizes = new ContextSizes()
    sizes.accepted("a", 5_000)
    expect(sizes.roomOf("a")).toBeNull()
  })

  test("is the largest accepted size below the refused one", () => {
    const sizes = new ContextSizes()
    sizes.refused("a", 10_000)
    expect(sizes.roomOf("a")).toBe(2_500)
    sizes.accepted("a", 4_000)
    sizes.accepted("a", 3_000)
    expect(sizes.roomOf("a")).toBe(4_000)
    sizes.accepted("a", 7_000)
    expect(sizes.roomOf("a")).toBe(7_000)
    expect(sizes.roomOf("b")).toBeNull()
  })

  test("shrinks after refusing an accepted size, because characters are not tokens", () => {
    const sizes = new ContextSizes()
    sizes.refused("a", 10_000)
    sizes.accepted("a", 4_000)
    sizes.refused("a", 3_000)
    expect(sizes.roomOf("a")).toBe(750)
  })

  test("is not reduced to a short message that followed an oversized one", () => {
    const sizes = new ContextSizes()
    sizes.refused("a", 100_000)
    sizes.accepted("a", 50)
    expect(sizes.roomOf("a")).toBe(25_000)
  })

  test("is probed again after an hour", () => {
    let now = 0
    const sizes = new ContextSizes(() => now)
    sizes.refused("a", 10_000)
    now = 60 * 60_000
    expect(sizes.roomOf("a")).toBeNull()
  })
})

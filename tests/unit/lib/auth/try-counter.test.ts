import { expect, test } from "vitest"

import { TryCounter } from "#lib/auth/try-counter.ts"

test("the eleventh try within 15 minutes waits, and the wait ends", () => {
  let nowMs = 0
  const counter = new TryCounter(() => nowMs)
  for (let tries = 0; tries < 10; tries++) {
    expect(counter.waitSeconds("mira")).toBe(0)
    counter.fail("mira")
  }
  expect(counter.waitSeconds("mira")).toBe(900)
  expect(counter.waitSeconds("noor")).toBe(0)
  nowMs = 15 * 60 * 1000
  expect(counter.waitSeconds("mira")).toBe(0)
})

test("a success forgets the failures before it", () => {
  const counter = new TryCounter(() => 0)
  for (let tries = 0; tries < 10; tries++) counter.fail("mira")
  counter.succeed("mira")
  expect(counter.waitSeconds("mira")).toBe(0)
})

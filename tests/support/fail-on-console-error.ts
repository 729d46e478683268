/* oxlint-disable no-console -- console.error is what it watches */
import { afterEach, beforeEach } from "vitest"

const seen: unknown[][] = []
const original = console.error

/** Fails a test that logs an error, whatever it asserted itself. */
beforeEach(() => {
  seen.length = 0
  console.error = (...args: unknown[]) => {
    seen.push(args)
    original(...args)
  }
})

afterEach(() => {
  console.error = original
  if (seen.length > 0) throw new Error(`console.error was called: ${JSON.stringify(seen[0])}`)
})

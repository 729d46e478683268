import { afterEach } from "vitest"

import { takeViolations } from "./browser.ts"

/** Fails a test in which any page recorded a violation, whatever it asserted itself. */
afterEach(() => {
  const seen = takeViolations()
  if (seen.length > 0) throw new Error(`what no page may do:\n${seen.join("\n")}`)
})

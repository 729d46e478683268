import { afterEach } from "vitest"

import { takeViolations } from "./browser.ts"

/** A test in which any page did what no page may do has failed, whatever it asserted. */
afterEach(() => {
  const seen = takeViolations()
  if (seen.length > 0) throw new Error(`what no page may do:\n${seen.join("\n")}`)
})

import type { Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"

import { openBrowser, visit, type Visit } from "./browser.ts"
import { createOwner, startStudio, type E2eStudio } from "./studio.ts"

/** What the tests of one file share; its fields are there once the file's hooks have run. */
export interface E2e {
  studio: E2eStudio
  browser: Browser
  /** What makes a new context the owner's. */
  state: Awaited<ReturnType<Visit["context"]["storageState"]>>
  /** The owner's page, a fresh one for each test. */
  visited: Visit
}

type VisitOptions = NonNullable<Parameters<typeof visit>[2]>

/** A Studio with its owner and a browser for the tests of a file, and a page for each of them. */
export function useStudio(
  options: VisitOptions = {},
  {
    browserArgs = [],
    environment = {},
  }: { browserArgs?: readonly string[]; environment?: Record<string, string> } = {},
): E2e {
  const e2e = {} as E2e
  beforeAll(async () => {
    e2e.studio = await startStudio({ environment })
    e2e.browser = await openBrowser(browserArgs)
    const context = await e2e.browser.newContext()
    await createOwner(context, e2e.studio.url)
    e2e.state = await context.storageState()
    await context.close()
  }, 120_000)
  // Whatever of it came to be.
  afterAll(async () => {
    const { browser, studio }: Partial<E2e> = e2e
    await browser?.close()
    await studio?.stop()
  }, 60_000)
  beforeEach(async () => {
    e2e.visited = await visit(e2e.browser, e2e.studio.url, { ...options, storageState: e2e.state })
  })
  afterEach(async () => {
    await e2e.visited.context.close()
  })
  return e2e
}

import type { Browser } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"

import { openBrowser, visit, type Visit } from "./browser.ts"
import { createOwner, startStudio, type E2eStudio } from "./studio.ts"

/** Shared state of one file's tests; available once its hooks have run. */
interface E2e {
  studio: E2eStudio
  browser: Browser
  /** Storage state that signs a new context in as the owner. */
  state: Awaited<ReturnType<Visit["context"]["storageState"]>>
  /** The owner's page, fresh for each test. */
  visited: Visit
}

type VisitOptions = NonNullable<Parameters<typeof visit>[2]>

/** Provides a Studio with its owner and a browser per file, and a page per test. */
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
  // Cleans up whatever part of the set-up succeeded.
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

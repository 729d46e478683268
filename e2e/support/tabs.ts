import type { BrowserContext, Page, Request } from "playwright-core"
import { expect } from "vitest"

import { say, wait, type ModelAction } from "../../tests/support/model-script.ts"
import { waitFor } from "../../tests/support/wait-for.ts"
import { shownText, type E2eStudio } from "./studio.ts"

/** Open streams of the browser's pages, each with its page. */
export function watchStreams(context: BrowserContext): { open: Map<Request, Page> } {
  const open = new Map<Request, Page>()
  context.on("request", (request) => {
    if (new URL(request.url()).pathname !== "/v1/api/stream") return
    open.set(request, request.frame().page())
  })
  context.on("requestfinished", (request) => open.delete(request))
  context.on("requestfailed", (request) => open.delete(request))
  return { open }
}

/** An answer in two parts; the returned function releases the second. */
export function inTwoParts({ answers }: E2eStudio, marker: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  answers[marker] = function* (): Iterable<ModelAction> {
    yield say("First part,")
    yield wait(promise)
    yield say(" second part.")
  }
  return resolve
}

export const both = "First part, second part."
export const shows = (page: Page, text: string, timeoutMs = 20_000) =>
  waitFor(async () => (await shownText(page)) === text, { timeoutMs, everyMs: 50 })

/** Simulates a frozen tab, because headless browsers freeze none. @returns wakes it */
export async function freeze(page: Page): Promise<() => Promise<unknown>> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send("Debugger.enable")
  await cdp.send("Debugger.pause")
  return async () => await cdp.send("Debugger.resume")
}

/** Requires that every finished text was verified against the journal, without a difference. */
export async function expectNoHeals(page: Page): Promise<void> {
  const counts = await waitFor(() => page.evaluate("window.studioChecks"), { timeoutMs: 15_000 })
  expect(counts).toMatchObject({ healed: 0, unhealed: 0 })
}

import type { Page } from "playwright-core"
import { expect, test } from "vitest"

import { say, wait } from "../tests/support/model-script.ts"
import { begin } from "./support/call-from.ts"
import { isAtRest, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio()

/** Code that is not named by the page itself comes this much later. */
const lateMs = 1_000

test("what the server has drawn stays while its code is on its way", async () => {
  const { page } = e2e.visited
  e2e.studio.answers["[fail]"] = function* () {
    yield { type: "status", status: 400 }
  }
  e2e.studio.answers["[talk]"] = function* () {
    for (let word = 1; word < 1_000; word++) {
      yield say(`word ${word} `)
      yield wait(100)
    }
  }
  await page.goto("/")
  const path = await begin(page, "First [fail]", "Second [talk]", "Third")
  await page.goto(path)
  await thread(page).getByRole("alert").waitFor()
  await page.getByRole("list", { name: "Queued messages" }).getByText("Third").waitFor()

  const lateCount = await delayLateCode(page)
  await page.addInitScript(watch, ['[role="log"] [role="alert"]', '[aria-label="Queued messages"]'])
  await page.goto(path)
  await isAtRest(page)
  expect(lateCount()).toBeGreaterThan(0)
  expect((await page.evaluate<string[]>("changes")).toSorted()).toEqual(["0 in", "1 in"])
  expect(e2e.visited.faults).toEqual([])
})

/** @returns how many files came late */
async function delayLateCode(page: Page): Promise<() => number> {
  const html = await (await page.context().request.get(page.url())).text()
  let count = 0
  await page.route("**/_next/static/chunks/*.js", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? ""
    if (!html.includes(name)) {
      count += 1
      await new Promise((resolve) => setTimeout(resolve, lateMs))
    }
    await route.continue()
  })
  return () => count
}

/** Runs in the page: keeps in `changes` when what the selectors name comes and goes. */
function watch(selectors: readonly string[]): void {
  const changes: string[] = []
  const isIn = selectors.map(() => false)
  Reflect.set(window, "changes", changes)
  new MutationObserver(() => {
    for (const [index, selector] of selectors.entries()) {
      const isNow = document.querySelector(selector) !== null
      if (isNow !== isIn[index]) changes.push(`${index} ${isNow ? "in" : "out"}`)
      isIn[index] = isNow
    }
  }).observe(document, { childList: true, subtree: true })
}

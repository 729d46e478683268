import axe from "axe-core"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { openBrowser, visit, type Visit } from "./support/browser.ts"
import { scenes, setupScene } from "./support/scenes.ts"
import { noPlaces, setTheStage, type Places } from "./support/stage.ts"
import { startStudio, type E2eStudio } from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser
let visits: Record<"owner" | "visitor", Visit>
let places: Places
const end = Promise.withResolvers<void>()
const setupFaults: string[] = []

beforeAll(async () => {
  studio = await startStudio()
  browser = await openBrowser()
  const open = () => visit(browser, studio.url, { reducedMotion: "reduce" })
  const [owner, visitor, guest] = [await open(), await open(), await open()]
  visits = { owner, visitor }
  await setupScene.show(visitor.page, noPlaces)
  setupFaults.push(...(await faultsOf(visitor.page)))
  places = await setTheStage(studio, owner.page, guest.page, end.promise)
  await guest.context.close()
}, 180_000)
afterAll(async () => {
  end.resolve()
  await browser?.close()
  await studio?.stop()
}, 60_000)

const large = { width: 1280, height: 800 }
/** The narrowest supported page, a large screen zoomed to 200 %, and sizes in between. */
const small = [
  { width: 320, height: 640 },
  { width: 640, height: 400 },
  { width: 700, height: 800 },
]

/** Accessibility faults: axe in both themes, overflow, motion. */
async function faultsOf(page: Page): Promise<string[]> {
  // Evaluated instead of injected: the page's policy blocks a script element.
  await page.evaluate(axe.source)
  const faults = await axeFaults(page, "light", {})
  await setTheme(page, "dark")
  faults.push(...(await axeFaults(page, "dark", { runOnly: ["color-contrast"] })))
  await setTheme(page, "light")
  for (const size of small) {
    await page.setViewportSize(size)
    faults.push(...(await wideParts(page)).map((part) => `at ${size.width} px: ${part}`))
  }
  await page.setViewportSize(large)
  const moving = await page.evaluate(
    () => document.getAnimations().filter(({ playState }) => playState === "running").length,
  )
  if (moving > 0) faults.push(`${moving} animations run though motion is reduced`)
  return faults
}

async function axeFaults(page: Page, theme: string, options: axe.RunOptions): Promise<string[]> {
  const violations = await page.evaluate(
    async (given): Promise<axe.Result[]> => {
      const { violations, incomplete } = await Reflect.get(window, "axe").run(given)
      // On elements with text, axe only asks for manual review of a name that assistive technology
      // ignores.
      return violations.concat(
        incomplete.filter((result: axe.Result) => result.id === "aria-prohibited-attr"),
      )
    },
    { ...options, resultTypes: ["violations" as const, "incomplete" as const] },
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${theme}, ${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`),
  )
}

async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate((name) => (document.documentElement.dataset["theme"] = name), theme)
}

/** Elements that overflow the page horizontally or lie outside it. */
async function wideParts(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const { scrollWidth } = document.documentElement
    return scrollWidth > width ? [`the page is ${scrollWidth} px wide`] : []
  })
}

/** Already covered by another scene. */
const parts = new Set(["chat-finished", "palette-recent"])

describe("every page in every state is accessible", () => {
  test("setup", () => expect(setupFaults).toEqual([]))

  test.each(scenes.filter(({ name }) => !parts.has(name)))("$name", async (scene) => {
    const { page } = visits[scene.by]
    await scene.show(page, places)
    expect(await faultsOf(page)).toEqual([])
  })
})

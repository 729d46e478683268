import { setTimeout } from "node:timers/promises"

import type { Page, Route } from "playwright-core"
import { expect, test } from "vitest"

import { lastUserText, say, wait } from "../tests/support/model-script.ts"
import { begin } from "./support/call-from.ts"
import { composer, waitForLazyParts, newestAnswer, send, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio()

const rounds = 6
/** Delay of chunks that the page itself does not reference. */
const lateMs = 1_000

test("server-rendered markup stays while its code loads", async () => {
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
  await waitForLazyParts(page)
  expect(lateCount()).toBeGreaterThan(0)
  expect((await page.evaluate<string[]>("changes")).toSorted()).toEqual(["0 in", "1 in"])
  expect(e2e.visited.faults).toEqual([])
})

test("streamed text is plain while the markdown renderer loads", async () => {
  const { page } = e2e.visited
  const ended = Promise.withResolvers<void>()
  e2e.studio.answers["[first]"] = function* () {
    yield say("A **strong** word")
    yield wait(ended.promise)
    yield { type: "cut" }
  }
  await page.goto("/")
  const path = await begin(page)
  await page.goto(path)
  await composer(page).waitFor()
  const held = await holdLateCode(page)
  await page.goto(path)
  await send(page, "Go [first]")
  await newestAnswer(page).getByText("A **strong** word").waitFor()
  await send(page, "Then this")
  await page.getByText("Then this").waitFor()
  ended.resolve()
  await newestAnswer(page).getByText("You said: Then this").waitFor()
  await thread(page).getByText("The model server broke off").waitFor()
  held.release()
  await thread(page).getByRole("strong").getByText("strong").waitFor()
  await thread(page).getByRole("alert").waitFor()
  expect(held.count()).toBeGreaterThan(0)
  expect(e2e.visited.faults).toEqual([])
})

test("an Enter pressed before hydration sends the message once", async () => {
  const { page } = e2e.visited
  await page.goto("/")
  const path = await begin(page)
  await page.goto(path)
  await send(page, "Left unsent")
  await newestAnswer(page).getByText("You said: Left unsent").waitFor()
  const held = await holdCode(page)
  for (const at of ["/", path]) {
    await page.goto(at, { waitUntil: "commit" })
    await send(page, `Early on ${at}`)
    held.letThrough()
    await newestAnswer(page).getByText(`You said: Early on ${at}`).waitFor()
    expect(await composer(page).inputValue()).toBe("")
    held.hold()
  }
  // A key may arrive at any moment during start-up.
  for (let round = 1; round <= rounds; round++) {
    await page.goto(path, { waitUntil: "commit" })
    await composer(page).fill(`Round ${round}`)
    held.letThrough()
    await setTimeout(round * 40)
    await page.keyboard.press("Enter")
    await newestAnswer(page).getByText(`You said: Round ${round}`, { exact: true }).waitFor()
    expect(await composer(page).inputValue()).toBe("")
    held.hold()
  }
  const sent = e2e.studio.model.requests
    .map(lastUserText)
    .filter((text) => text.startsWith("Round"))
  expect(sent).toEqual(Array.from({ length: rounds }, (_, round) => `Round ${round + 1}`))
  // Text typed after Enter stays in the field, and Shift+Enter still inserts a line break.
  await page.goto(path, { waitUntil: "commit" })
  await send(page, "Two")
  await page.keyboard.type(" words")
  held.letThrough()
  await waitForLazyParts(page)
  expect(await composer(page).inputValue()).toBe("Two words")
  held.hold()
  // An unsent draft of an earlier page is kept.
  await page.goto(path, { waitUntil: "commit" })
  await send(page, "More")
  held.letThrough()
  await waitForLazyParts(page)
  expect(await composer(page).inputValue()).toBe("Two words\n\nMore")
  expect(e2e.studio.model.requests.filter((body) => lastUserText(body).includes("Two"))).toEqual([])
  expect(e2e.visited.faults).toEqual([])
})

/** Holds all scripts of a page. */
async function holdCode(page: Page): Promise<{ hold(): void; letThrough(): void }> {
  let gate = Promise.withResolvers<void>()
  await page.route("**/_next/static/chunks/*.js", async (route) => {
    await gate.promise
    await route.continue()
  })
  return {
    hold: () => (gate = Promise.withResolvers()),
    letThrough: () => gate.resolve(),
  }
}

/** Holds chunks that the page itself does not reference, until released. */
async function holdLateCode(page: Page): Promise<{ count(): number; release(): void }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const count = await delayLateCode(page, async (route) => {
    // Without the stream parser no event arrives.
    const isParser = (await (await route.fetch()).text()).includes("unknown-field")
    if (!isParser) await promise
  })
  return { count, release: resolve }
}

/** @returns the number of delayed files */
async function delayLateCode(
  page: Page,
  delay: (route: Route) => Promise<void> = () => setTimeout(lateMs),
): Promise<() => number> {
  const html = await (await page.context().request.get(page.url())).text()
  let count = 0
  await page.route("**/_next/static/chunks/*.js", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").at(-1) ?? ""
    if (!html.includes(name)) {
      count += 1
      await delay(route)
    }
    await route.continue()
  })
  return () => count
}

/**
 * Runs in the page: records in `changes` when elements matching the selectors appear and disappear.
 */
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

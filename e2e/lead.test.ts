import type { BrowserContext, Page } from "playwright-core"
import { expect, test } from "vitest"

import { waitFor } from "../tests/support/wait-for.ts"
import { openPage, ownRenderers } from "./support/browser.ts"
import { newestAnswer, send, startChat, thread } from "./support/studio.ts"
import { both, expectNoHeals, freeze, inTwoParts, shows, watchStreams } from "./support/tabs.ts"
import { useStudio } from "./support/use-studio.ts"

/** Time limit for another tab to take over the shared connection. */
const takenOverMs = 2_000

const e2e = useStudio({}, { browserArgs: ownRenderers })

/** Opens tabs on a half-streamed answer; identifies the leader. */
async function openTabs(count: number, marker: string) {
  const { context, page, faults } = e2e.visited
  const streams = watchStreams(context)
  const releaseRest = inTwoParts(e2e.studio, marker)
  await startChat(page, `Go ${marker}`)
  const pages = [page]
  while (pages.length < count) {
    const tab = await openPage(context, faults)
    await tab.goto(page.url())
    pages.push(tab)
  }
  for (const tab of pages) await shows(tab, "First part,")
  const leader = await waitFor(() => streams.open.size === 1 && [...streams.open.values()][0])
  const others = pages.filter((tab) => tab !== leader)
  const isTakenOver = () => [...streams.open.values()].some((tab) => others.includes(tab))
  return { releaseRest, leader, others, isTakenOver }
}

async function crash(context: BrowserContext, page: Page): Promise<void> {
  const cdp = await context.newCDPSession(page)
  // The call never returns, because the page that would answer it crashes.
  void cdp.send("Page.crash").catch(() => {})
}

test("a crashed leader tab is replaced within 2 s, and no tab loses text", async () => {
  const { releaseRest, leader, others, isTakenOver } = await openTabs(3, "[crash]")
  await crash(e2e.visited.context, leader)
  await waitFor(isTakenOver, { timeoutMs: takenOverMs })
  releaseRest()
  for (const tab of others) await shows(tab, both)
  for (const tab of others) await expectNoHeals(tab)
  expect(e2e.visited.faults).toEqual([])
})

test("so is a frozen leader; after waking up it shows the missed text", async () => {
  const { releaseRest, leader, others, isTakenOver } = await openTabs(2, "[sleep]")
  const [second] = others
  if (second === undefined) throw new Error("There is no second tab.")
  const thaw = await freeze(leader)
  await waitFor(isTakenOver, { timeoutMs: takenOverMs })
  releaseRest()
  await shows(second, both)
  await send(second, "And then?")
  await thread(second).getByText("You said: And then?").waitFor()
  await thaw()
  await newestAnswer(leader).getByText("You said: And then?").waitFor()
  await expectNoHeals(leader)
  expect(e2e.visited.faults).toEqual([])
})

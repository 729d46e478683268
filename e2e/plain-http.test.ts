import type { Page } from "playwright-core"
import { expect, test } from "vitest"

import { waitFor } from "../tests/support/wait-for.ts"
import { openPage, ownRenderers, visit } from "./support/browser.ts"
import { composer, newestAnswer, owner, send } from "./support/studio.ts"
import { both, expectNoHeals, freeze, inTwoParts, shows, watchStreams } from "./support/tabs.ts"
import { useStudio } from "./support/use-studio.ts"

// Any host but localhost over plain HTTP: no crypto.subtle, randomUUID, Web Locks or clipboard API.
const e2e = useStudio(
  {},
  { browserArgs: ["--host-resolver-rules=MAP studio.test 127.0.0.1", ...ownRenderers] },
)

test("every feature works at a plain-HTTP address, despite the APIs that browsers withhold there", async () => {
  const { studio, browser } = e2e
  const url = studio.url.replace("127.0.0.1", "studio.test")
  const { context, page, faults } = await visit(browser, url)
  const streams = watchStreams(context)
  await page.goto("/sign-in")
  expect(await page.evaluate(() => isSecureContext)).toBe(false)
  await page.getByLabel("E-mail").fill(owner.email)
  await page.getByLabel("Password").fill(owner.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await composer(page).waitFor()
  await send(page, "Over plain HTTP")
  await page.waitForURL("**/c/*")
  await shows(page, "You said: Over plain HTTP")
  await waitFor(async () => (await page.evaluate("window.studioChecks?.checked")) === 1)
  await expectNoHeals(page)
  await newestAnswer(page).getByRole("button", { name: "Copy as markdown" }).click()
  await newestAnswer(page).getByRole("button", { name: "Copied" }).waitFor()

  // Tabs share one stream there too, even after the leader disappears.
  const pages = [page]
  while (pages.length < 8) pages.push(await openPage(context, faults))
  for (const tab of pages.slice(1)) await tab.goto(page.url())
  const leads = (tab: Page) => [...streams.open.values()].includes(tab)
  const leader = () => waitFor(() => pages.filter(leads).length === 1 && pages.find(leads))
  for (const end of ["close", "freeze"]) {
    const releaseRest = inTwoParts(studio, "[moves]")
    await send(pages.at(-1) ?? page, `Who leads when they ${end}? [moves]`)
    for (const tab of pages) await shows(tab, "First part,")
    const ending = await leader()
    pages.splice(pages.indexOf(ending), 1)
    if (end === "close") await ending.close()
    else await freeze(ending)
    releaseRest()
    for (const tab of pages) await shows(tab, both, 60_000)
    await leader()
  }
  for (const tab of pages) await expectNoHeals(tab)
  // The warning about a header that requires HTTPS is expected.
  expect(faults.filter((fault) => !fault.includes("Cross-Origin-Opener-Policy"))).toEqual([])
  await context.close()
}, 180_000)

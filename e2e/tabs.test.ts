import type { Page } from "playwright-core"
import { describe, expect, test } from "vitest"

import { waitFor } from "../tests/support/wait-for.ts"
import { openPage, ownRenderers } from "./support/browser.ts"
import { begin, callFrom } from "./support/call-from.ts"
import { startStoringProxy } from "./support/storing-proxy.ts"
import {
  composer,
  waitForStreamedParts,
  waitForLazyParts,
  newestAnswer,
  send,
  startChat,
  thread,
} from "./support/studio.ts"
import { both, expectNoHeals, inTwoParts, shows, watchStreams } from "./support/tabs.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio({}, { browserArgs: ownRenderers })

/** More than the browser's connection limit per server. */
const tabCount = 8

async function ask(page: Page, path: string, text: string): Promise<void> {
  const id = path.replace("/c/", "")
  await callFrom(page, "POST", `/v1/api/conversations/${id}/messages`, { text })
}

describe("the tabs of one browser", () => {
  test("eight tabs are live over one connection, despite the browser's limit of six", async () => {
    const { context, page, faults } = e2e.visited
    const streams = watchStreams(context)
    await page.goto("/")
    await composer(page).waitFor()
    const paths: string[] = []
    for (let tab = 1; tab <= tabCount; tab++)
      paths.push(await begin(page, `Question of tab ${tab}`))
    const pages = [page]
    while (pages.length < tabCount) pages.push(await openPage(context, faults))
    // Sequentially, like a person: in parallel they exceed the visit's time limit on a busy
    // machine.
    for (const [index, tab] of pages.entries()) await tab.goto(paths[index] ?? "")
    for (const tab of pages) await newestAnswer(tab).getByText("You said").waitFor()
    await waitFor(() => streams.open.size === 1, { timeoutMs: 20_000 })
    for (const [index, path] of paths.entries()) await ask(page, path, `Again ${index + 1}`)
    for (const [index, tab] of pages.entries()) {
      await thread(tab)
        .getByText(`You said: Again ${index + 1}`, { exact: true })
        .waitFor()
    }
    // On a busy machine the lead may have moved, with two connections for a moment.
    await waitFor(() => streams.open.size === 1, { timeoutMs: 20_000 })
    expect(faults).toEqual([])
  }, 180_000)

  test("a page restored from the back/forward cache resumes its stream", async () => {
    const { page, faults } = e2e.visited
    const proxy = await startStoringProxy(e2e.studio.url)
    const releaseRest = inTwoParts(e2e.studio, "[back]")
    await page.goto(proxy.url)
    await send(page, "Back soon [back]")
    await shows(page, "First part,")
    await page.evaluate(() => {
      window.addEventListener("pageshow", ({ persisted }) => {
        Reflect.set(window, "isKept", persisted)
      })
    })
    await page.goto(`${proxy.url}/settings/account`)
    // `goBack` waits for an event that does not fire for a restored page.
    await page.evaluate("void setTimeout(() => history.back())")
    // Evaluating fails during the navigation itself.
    await waitFor(() => page.evaluate("window.isKept === true").catch(() => false))
    releaseRest()
    await shows(page, both)
    await expectNoHeals(page)
    expect(faults).toEqual([])
    proxy.stop()
  })

  test("a message with a file sent offline survives its tab and is submitted once, with its key", async () => {
    const { context, page, faults } = e2e.visited
    await startChat(page, "First")
    const address = page.url()
    await newestAnswer(page).getByText("You said: First").waitFor()
    await waitForLazyParts(page)
    await context.setOffline(true)
    await page.getByLabel("Files to attach").setInputFiles({
      name: "notes.md",
      mimeType: "text/markdown",
      buffer: Buffer.from("# Notes from the tunnel"),
    })
    await page.getByRole("list", { name: "Files to send" }).waitFor()
    await send(page, "From the tunnel")
    await page.getByText("Not sent yet, trying again").waitFor()
    await page.getByRole("button", { name: "Try now" }).click()
    const key = await page.evaluate(keptKey)
    await page.close()
    await context.setOffline(false)
    const next = await openPage(context, [])
    await next.goto("/")
    await next.getByRole("navigation").getByRole("link", { name: /First/ }).waitFor()
    await next.goto(address)
    // The model has received the file.
    await newestAnswer(next).getByText("Notes from the tunnel").waitFor()
    const id = new URL(address).pathname.replace("/c/", "")
    const rows = await callFrom<{ kind: string; payload: Record<string, unknown> }[]>(
      next,
      "GET",
      `/v1/api/conversations/${id}/messages?direction=inbound`,
    )
    const sent = rows.filter(({ payload }) => payload["text"] === "From the tunnel")
    expect(sent.map(({ payload }) => payload["idempotency_key"])).toEqual([key])
    expect(sent[0]?.payload["attachments"]).toMatchObject([{ filename: "notes.md" }])
    // The model repeats the text in its answer, so only the person's own messages are counted.
    const shown = thread(next)
      .getByRole("article", { name: /^You, / })
      .getByText("From the tunnel", { exact: true })
    await waitForStreamedParts(next)
    expect(await shown.count()).toBe(1)
    // The browser logs failed requests while offline.
    expect(faults.filter((fault) => !fault.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([])
  })
})

/** The key of the only message stored on this machine. */
async function keptKey(): Promise<unknown> {
  const opening = indexedDB.open("studio")
  await new Promise((resolve) => opening.addEventListener("success", resolve))
  const keys = opening.result.transaction("outbox").objectStore("outbox").getAllKeys()
  await new Promise((resolve) => keys.addEventListener("success", resolve))
  return keys.result.length === 1 ? keys.result[0] : keys.result
}

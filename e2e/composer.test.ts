import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import type { Locator, Page } from "playwright-core"
import { afterEach, describe, expect, test } from "vitest"

import { say, wait, type ModelAction } from "../tests/support/model-script.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { visit } from "./support/browser.ts"
import { callFrom } from "./support/call-from.ts"
import { composer, waitForAnswer, newestAnswer, send, startChat, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio({ permissions: ["clipboard-read", "clipboard-write"] })
afterEach(() => {
  const faults = e2e.visited.faults.splice(0)
  if (faults.length > 0) throw new Error(faults.join("\n"))
})

const chips = (page: Page) => page.getByRole("list", { name: "Files to send" })

describe("the composer", () => {
  test("Enter sends the text, but not with Shift or during IME composition", async () => {
    const { page, context } = e2e.visited
    await page.goto("/")
    const field = composer(page)
    await field.waitFor()
    await waitFor(() => field.evaluate((element) => element === document.activeElement))
    const height = async () => (await field.boundingBox())?.height ?? 0
    const low = await height()
    for (let line = 1; line <= 30; line++) {
      await page.keyboard.type("a")
      await page.keyboard.press("Shift+Enter")
    }
    expect(await field.inputValue()).toBe("a\n".repeat(30))
    expect(await height()).toBeGreaterThan(low * 3)
    expect(await height()).toBeLessThanOrEqual(800 / 3 + 1)
    await field.fill("")
    const cdp = await context.newCDPSession(page)
    await cdp.send("Input.imeSetComposition", {
      text: "にほん",
      selectionStart: 3,
      selectionEnd: 3,
    })
    // As an input method sends it: a key event without text input.
    const enter = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 }
    await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...enter })
    await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...enter })
    expect(await field.inputValue()).toBe("にほん")
    expect(new URL(page.url()).pathname).toBe("/")
    await cdp.send("Input.insertText", { text: "日本" })
    expect(await field.inputValue()).toBe("日本")
    await page.keyboard.press("Enter")
    await thread(page).getByText("You said: 日本").waitFor()
  })

  test("files are added by paste and drop, removed by their chip, and rejected at once when too large", async () => {
    const { page } = e2e.visited
    await page.goto("/")
    await composer(page).waitFor()
    await waitFor(async () => {
      await hand(page, "paste", "pasted.md", 10)
      return (await chips(page).count()) > 0
    })
    await chips(page).getByText("pasted.md").first().waitFor()
    await hand(page, "drop", "dropped.md", 10)
    await chips(page).getByText("dropped.md").waitFor()
    await hand(page, "drop", "film.md", 13_000_000)
    await page.getByRole("alert").getByText("at most 12 MB").waitFor()
    const remove = page.getByRole("button", { name: /^Remove / })
    await waitFor(async () => {
      if ((await remove.count()) === 0) return true
      await remove.first().click()
      return false
    })
    await chips(page).waitFor({ state: "detached" })
  })

  test("an upload shows its progress and can be cancelled; an unreadable file is reported", async () => {
    const { page, context } = e2e.visited
    await startChat(page, "First")
    await waitForAnswer(page)
    e2e.studio.answers["[large]"] = () => [say("All of it.")]
    const folder = await mkdtemp(path.join(tmpdir(), "studio-files-"))
    const [large, gone] = [path.join(folder, "large.txt"), path.join(folder, "gone.txt")]
    await writeFile(large, "a line of words\n".repeat(125_000))
    await writeFile(gone, "here for a moment")
    const disk = await slowDisk(page)
    const input = page.getByLabel("Files to attach")
    await input.setInputFiles(large)
    await chips(page).getByRole("progressbar", { name: "Reading large.txt" }).waitFor()
    await composer(page).fill("Read this [large]")
    expect(await page.getByRole("button", { name: "Send (Enter)" }).isDisabled()).toBe(true)
    await page.keyboard.press("Enter")
    expect(await composer(page).inputValue()).toBe("Read this [large]")
    await disk.read()
    await chips(page).getByRole("progressbar").waitFor({ state: "detached" })
    await input.setInputFiles(gone)
    await rm(gone)
    await disk.read()
    await page.getByRole("alert").getByText("gone.txt could not be read.").waitFor()
    expect(await chips(page).getByRole("listitem").count()).toBe(1)
    const line = await context.newCDPSession(page)
    const bytesPerSecond = 150_000
    const slow = { offline: false, latency: 0, downloadThroughput: -1 }
    await line.send("Network.enable")
    await line.send("Network.emulateNetworkConditions", {
      ...slow,
      uploadThroughput: bytesPerSecond,
    })
    await composer(page).press("Enter")
    await thread(page)
      .getByText(/Sending… \d+ %/)
      .waitFor()
    await thread(page).getByRole("button", { name: "Take it back" }).click()
    await chips(page).getByText("large.txt").waitFor()
    expect(await composer(page).inputValue()).toBe("Read this [large]")
    await line.send("Network.emulateNetworkConditions", { ...slow, uploadThroughput: -1 })
    await composer(page).press("Enter")
    await newestAnswer(page).getByText("All of it.").waitFor()
    expect(
      await thread(page)
        .getByRole("link", { name: /large\.txt/ })
        .count(),
    ).toBe(1)
    await rm(folder, { recursive: true })
  })

  test("a refused first message returns with its files and leaves no conversation", async () => {
    const { page } = e2e.visited
    await startChat(page, "Use a few tokens")
    await waitForAnswer(page)
    const count = async () =>
      (await callFrom<{ total: number }>(page, "GET", "/v1/api/conversations")).total
    const before = await count()
    await callFrom(page, "PATCH", "/v1/admin/budget", { monthly_token_limit: 1 })
    try {
      await page.goto("/")
      await page.getByLabel("Files to attach").setInputFiles({
        name: "notes.md",
        mimeType: "text/markdown",
        buffer: Buffer.from("# Notes"),
      })
      await chips(page).getByText("notes.md").waitFor()
      await send(page, "More than is paid for")
      await page.getByRole("alert").filter({ hasText: "Not sent." }).waitFor()
      expect(await composer(page).inputValue()).toBe("More than is paid for")
      await chips(page).getByText("notes.md").waitFor()
      await waitFor(async () => (await count()) === before)
      expect(new URL(page.url()).pathname).toBe("/")
    } finally {
      await callFrom(page, "PATCH", "/v1/admin/budget", { monthly_token_limit: null })
    }
    await page.getByRole("button", { name: "Send (Enter)" }).click()
    await thread(page)
      .getByRole("link", { name: /notes\.md/ })
      .waitFor()
    expect(await count()).toBe(before + 1)
    // The browser logs refused requests to its console.
    e2e.visited.faults.splice(0)
  })
})

test("on a phone Enter inserts a line break, a button sends, and all controls are within thumb reach", async () => {
  const phone = await visit(e2e.browser, e2e.studio.url, {
    storageState: e2e.state,
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const { page } = phone
  await page.goto("/")
  await composer(page).tap()
  await page.keyboard.type("one")
  await page.keyboard.press("Enter")
  await page.keyboard.type("two")
  expect(await composer(page).inputValue()).toBe("one\ntwo")
  await page.getByRole("button", { name: /^Send/ }).tap()
  await page.waitForURL("**/c/*")
  await waitForAnswer(page)
  // No control requires hovering, and fields are large enough to avoid zoom on focus.
  const actions = newestAnswer(page).getByRole("button", { name: "Copy as markdown" })
  expect(await opacityOf(actions)).toBe(1)
  // Timestamps missing from the page's first render are read from the journal.
  await page.reload()
  expect(await opacityOf(newestAnswer(page).locator("time"))).toBe(1)
  const own = thread(page).getByRole("button", { name: "Copy your message" }).first()
  expect(await opacityOf(own)).toBe(1)
  expect(
    await composer(page).evaluate((field) => Number.parseFloat(getComputedStyle(field).fontSize)),
  ).toBeGreaterThanOrEqual(16)
  await page.getByRole("button", { name: "Open conversations" }).tap()
  const drawer = page.getByRole("dialog", { name: "Conversations" })
  const row = drawer.getByRole("link", { name: /one/ }).first()
  await row.waitFor()
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("dialog[open] :is(a, button)")].flatMap((element) => {
      const { height } = element.getBoundingClientRect()
      return height > 0 && height < 44 ? [`${element.outerHTML.slice(0, 80)} ${height}`] : []
    }),
  )
  expect(small).toEqual([])
  await drawer.getByRole("link", { name: "New chat" }).tap()
  await drawer.waitFor({ state: "hidden" })
  expect(phone.faults).toEqual([])
  await phone.context.close()
})

test("during a turn Stop replaces Send, typing continues, and the status changes", async () => {
  const posted = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<void>()
  e2e.studio.answers["[work]"] = function* (): Iterable<ModelAction> {
    yield say("Half")
    yield wait(ended.promise)
  }
  const { page } = e2e.visited
  await startChat(page, "First")
  await waitForAnswer(page)
  await page.reload()
  await waitForAnswer(page)
  const place = await page.getByRole("button", { name: "Send (Enter)" }).boundingBox()
  await page.route("**/messages", async (route) => {
    await posted.promise
    await route.continue()
  })
  await send(page, "Second [work]")
  await thread(page).getByText("Sending…").waitFor()
  expect(await composer(page).inputValue()).toBe("")
  posted.resolve()
  const stop = page.getByRole("button", { name: /^Stop / })
  await newestAnswer(page).getByText("Half").waitFor()
  expect(await stop.boundingBox()).toEqual(place)
  await page.keyboard.type("Third")
  expect(await stop.boundingBox()).toEqual(place)
  await page.keyboard.press("Enter")
  const queue = page.getByRole("list", { name: "Queued messages" })
  await queue.getByText("sends next").waitFor()
  const own = thread(page)
    .getByRole("article", { name: /^You, \d/ })
    .first()
  expect(await opacityOf(own.locator("time"))).toBe(0)
  await own.hover()
  await waitFor(async () => (await opacityOf(own.locator("time"))) === 1)
  const words = newestAnswer(page).locator("p:has(> time) > span")
  const before = await words.innerText()
  await waitFor(async () => (await words.innerText()) !== before, { timeoutMs: 30_000 })
  ended.resolve()
  await thread(page).getByText("You said: Third").waitFor()
})

/** Its opacity multiplied by that of its ancestors. */
async function opacityOf(shown: Locator): Promise<number> {
  return await shown.evaluate((element) => {
    let opacity = 1
    for (let at: Element | null = element; at !== null; at = at.parentElement) {
      opacity *= Number(getComputedStyle(at).opacity)
    }
    return opacity
  })
}

/** A disk that completes reads only on request. */
async function slowDisk(page: Page): Promise<{ read: () => Promise<void> }> {
  await page.evaluate(() => {
    const waiting: (() => void)[] = []
    class Waiting extends FileReader {
      override readAsDataURL(blob: Blob): void {
        waiting.push(() => super.readAsDataURL(blob))
      }
    }
    window.FileReader = Waiting
    Reflect.set(window, "readAll", () => {
      for (const start of waiting.splice(0)) start()
    })
  })
  return { read: () => page.evaluate("readAll()") }
}

/** Files as delivered by drag and drop or the clipboard. */
async function hand(page: Page, how: "paste" | "drop", name: string, bytes: number): Promise<void> {
  await page.evaluate(
    ({ how, name, bytes }) => {
      const data = new DataTransfer()
      data.items.add(new File([new Uint8Array(bytes).fill(97)], name, { type: "text/markdown" }))
      const target = how === "paste" ? document.querySelector("textarea") : document.body
      target?.dispatchEvent(
        how === "paste"
          ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
      )
    },
    { how, name, bytes },
  )
}

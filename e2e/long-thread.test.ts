import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { firstLoadScripts } from "../tests/support/first-load.ts"
import { say, wait, type ModelAction } from "../tests/support/model-script.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import { callFrom } from "./support/call-from.ts"
import {
  waitForStreamedParts,
  waitForAnswer,
  newestAnswer,
  send,
  setUp,
  startChat,
  startStudio,
  thread,
  type E2eStudio,
} from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser
let page: Page
let faults: string[]

/** More turns than one page from the server. */
const turnCount = 75

beforeAll(async () => {
  studio = await startStudio()
  browser = await openBrowser()
  const first = await visit(browser, studio.url)
  page = first.page
  faults = first.faults
  await setUp(page, studio)
  await startChat(page, "Question 1")
  await page.evaluate(askMany, { id: new URL(page.url()).pathname.slice(3), count: turnCount })
  await thread(page)
    .getByText(`You said: Question ${turnCount}`, { exact: true })
    .waitFor({ timeout: 60_000 })
}, 240_000)
afterAll(async () => {
  await browser?.close()
  await studio?.stop()
}, 60_000)

/** A full queue is retried until it has room. */
async function askMany({ id, count }: { id: string; count: number }): Promise<void> {
  for (let number = 2; number <= count; number++) {
    const answer = await fetch(`/v1/api/conversations/${id}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: `Question ${number}`, idempotency_key: `ask-${number}` }),
    })
    if (answer.status === 202) continue
    await new Promise((resolve) => setTimeout(resolve, 100))
    number -= 1
  }
}

/** Vertical position of an element on the screen. */
async function topOf(text: string): Promise<number> {
  const box = await thread(page).getByText(text, { exact: true }).boundingBox()
  if (box === null) throw new Error(`${text} is nowhere.`)
  return box.y
}

const distanceToEnd = () => thread(page).evaluate((log) => Math.abs(log.scrollTop))

test("a page opens at its end, and prepending older messages does not shift the view", async () => {
  await page.goto(new URL(page.url()).pathname)
  await waitForStreamedParts(page)
  await page.getByText(`You said: Question ${turnCount}`, { exact: true }).waitFor()
  expect(await distanceToEnd()).toBe(0)
  expect(await thread(page).getByText("Question 1", { exact: true }).count()).toBe(0)
  await thread(page).hover()
  await waitFor(
    async () => {
      await page.mouse.wheel(0, -4_000)
      return (await thread(page).getByText("Loading earlier messages…").count()) === 0
    },
    { timeoutMs: 20_000 },
  )
  await thread(page).evaluate((log) => log.scrollTo({ top: -log.scrollHeight }))
  await thread(page).getByText("You said: Question 1", { exact: true }).waitFor()
  // Turns far from the viewport are unmounted and come back.
  await waitFor(async () => (await page.locator("[data-turn]").count()) < turnCount)
  await page.getByRole("button", { name: /jump to the newest text/ }).click()
  await page.getByText(`You said: Question ${turnCount - 1}`, { exact: true }).waitFor()
  await waitFor(async () => (await distanceToEnd()) === 0)
})

test("the initial scripts of a conversation page are at most 180 kB", async () => {
  const cookies = await page.context().cookies()
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
  const scripts = await firstLoadScripts(page.url(), cookie)
  expect(scripts.length).toBeGreaterThan(5)
  const bytes = scripts.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0)
  expect(bytes, `${JSON.stringify(scripts)}`).toBeLessThan(180_000)
})

test("a link to an event loads history back to it and scrolls there", async () => {
  const { pathname } = new URL(page.url())
  await thread(page).evaluate((log) => log.scrollTo({ top: -log.scrollHeight }))
  const seq = await thread(page)
    .getByText("Question 3", { exact: true })
    .evaluate((text) => text.closest("[data-seq]")?.getAttribute("data-seq"))
  await page.goto("/")
  await page.goto(`${pathname}#${seq}`)
  const target = thread(page).getByText("Question 3", { exact: true })
  await target.waitFor()
  // The target is highlighted, without motion under prefers-reduced-motion.
  await page.waitForFunction((at) => {
    const place = document.querySelector(`[data-seq="${at}"]`)
    const probe = document.createElement("i")
    probe.style.color = "var(--accent-soft)"
    document.body.append(probe)
    const mark = getComputedStyle(probe).color
    probe.remove()
    return place !== null && getComputedStyle(place).backgroundColor === mark
  }, seq)
  await waitFor(async () => {
    const { y } = (await target.boundingBox()) ?? { y: -1 }
    return y > 0 && y < 200
  })
  await page.getByRole("button", { name: /jump to the newest text/ }).click()
  await waitFor(async () => (await distanceToEnd()) === 0)
})

test("scrolling up stops following, and the end of an answer does not shift the view", async () => {
  studio.answers["[lines]"] = function* (): Iterable<ModelAction> {
    for (let line = 1; line <= 60; line++) {
      yield say(`Line ${line} of it\n\n`)
      yield wait(line < 20 ? 5 : 60)
    }
  }
  await send(page, "Write [lines]")
  await newestAnswer(page).getByText("Line 20 of it").waitFor()
  await waitFor(async () => (await distanceToEnd()) === 0)
  await thread(page).hover()
  await page.mouse.wheel(0, -60)
  await waitFor(async () => (await distanceToEnd()) > 0)
  const before = await topOf("Line 19 of it")
  await newestAnswer(page).getByText("Line 40 of it").waitFor({ state: "attached" })
  const during = await topOf("Line 19 of it")
  await newestAnswer(page).getByRole("button", { name: "Copy as markdown" }).waitFor()
  const after = await topOf("Line 19 of it")
  expect(Math.abs(during - before)).toBeLessThan(2)
  expect(Math.abs(after - before)).toBeLessThan(2)
  // A reader at the end sees no jump either.
  await page.getByRole("button", { name: /jump to the newest text/ }).click()
  await waitFor(async () => (await distanceToEnd()) === 0)
  expect(await page.evaluate("window.studioChecks.healed + window.studioChecks.unhealed")).toBe(0)
  expect(faults).toEqual([])
})

/** Bypasses the server: a restore removes everything newer than its backup. */
async function restoreTo(lastSeq: number, conversationId: string): Promise<void> {
  if (studio.db === null) throw new Error("The database is out of reach.")
  await studio.db.$client.begin(async (sql) => {
    await sql`delete from turns where conversation_id = ${conversationId} and message_seq > ${lastSeq}`
    await sql`delete from journal where conversation_id = ${conversationId} and seq > ${lastSeq}`
    await sql`update heads set last_seq = ${lastSeq} where conversation_id = ${conversationId}`
  })
}

test("a page ahead of a server restored from a backup shows the restored state", async () => {
  const says = (text: string) => thread(page).getByText(text, { exact: true })
  const ask = async (text: string) => {
    await send(page, text)
    await says(`You said: ${text}`).waitFor()
    await waitForAnswer(page)
  }
  const id = new URL(page.url()).pathname.slice(3)
  await ask("Older than the backup")
  const { last_seq } = await callFrom<{ last_seq: number }>(
    page,
    "GET",
    `/v1/api/conversations/${id}`,
  )
  await ask("Younger than the backup")
  await page.evaluate("window.isSamePage = true")
  await page.context().setOffline(true)
  await page.getByText("Reconnecting…").waitFor()
  await restoreTo(last_seq, id)
  await page.context().setOffline(false)
  await says("You said: Younger than the backup").waitFor({ state: "detached" })
  await ask("After the restore")
  expect(await says("Younger than the backup").count()).toBe(0)
  for (const text of ["Older than the backup", "After the restore"]) {
    expect(await says(text).count()).toBe(1)
    expect(await says(`You said: ${text}`).count()).toBe(1)
  }
  expect(await page.evaluate("window.isSamePage")).toBe(true)
})

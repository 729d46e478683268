import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { say, wait, type ModelAction } from "../tests/support/model-script.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import { callFrom } from "./support/call-from.ts"
import {
  clipboard,
  composer,
  waitForAnswer,
  newestAnswer,
  owner,
  startStudio,
  thread,
  type E2eStudio,
} from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser

beforeAll(async () => {
  studio = await startStudio({ isEmbedded: true })
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await studio?.stop()
}, 60_000)

/** Presses Tab repeatedly, like a keyboard user. */
async function tabTo(page: Page, name: string | RegExp, role: "button" | "textbox" = "button") {
  await waitFor(
    async () => {
      await page.keyboard.press("Tab")
      const focused = page.getByRole(role, { name }).and(page.locator(":focus"))
      return (await focused.count()) > 0
    },
    { timeoutMs: 30_000 },
  )
}

/** Runs a command of the palette. */
async function command(page: Page, words: string, name: string): Promise<void> {
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox").and(page.locator(":focus")).waitFor()
  await page.keyboard.type(words)
  await page.getByRole("option", { name }).waitFor()
  await waitFor(async () => {
    const chosen = page.getByRole("option", { name, selected: true })
    if ((await chosen.count()) > 0) return true
    await page.keyboard.press("ArrowDown")
    return false
  })
  await page.keyboard.press("Enter")
}

describe("accounts", () => {
  test("the first visit creates the owner and opens a chat with the selected agent", async () => {
    const { page, context, faults } = await visit(browser, studio.url)
    await page.goto("/")
    await page.waitForURL("**/setup")
    await page.getByLabel("Your name").fill(owner.name)
    await page.getByLabel("E-mail").fill(owner.email)
    await page.getByLabel("Password").fill(owner.password)
    await page.getByRole("button", { name: "Create the owner account" }).click()
    await composer(page).waitFor()
    expect(new URL(page.url()).pathname).toBe("/")
    await page.getByText("Owner").first().waitFor()
    await page.getByRole("navigation").getByText("Start with a question.").waitFor()
    await callFrom(page, "POST", "/v1/agents", { slug: "scout", display_name: "Scout" })
    await page.reload()
    await page.getByRole("group", { name: "Agent" }).getByText("Scout").click()
    await page.getByRole("textbox", { name: "Message Scout" }).fill("Who is there?")
    await page.keyboard.press("Enter")
    await thread(page).getByRole("article", { name: "Scout" }).getByText("You said").waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  test("once there is an owner, setup is closed to everyone else", async () => {
    const { page, context } = await visit(browser, studio.url)
    await page.goto("/setup")
    await page.waitForURL("**/sign-in")
    const again = await page.request.post("/api/setup", {
      headers: { origin: studio.url, "sec-fetch-site": "same-origin" },
      data: { name: "Eve", email: "eve@example.com", password: "let me in please" },
    })
    expect(again.status()).toBe(403)
    expect(await again.json()).toMatchObject({ code: "setup_closed" })
    await context.close()
  })

  test("signing in opens the requested page; signing out works", async () => {
    const { page, context } = await visit(browser, studio.url)
    await page.goto("/c/0190a000-0000-7000-8000-000000000000")
    await page.waitForURL("**/sign-in?next=**")
    await page.getByLabel("E-mail").fill(owner.email.toUpperCase())
    await page.getByLabel("Password").fill("not the password")
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.getByRole("alert").getByText("do not match").waitFor()
    await page.getByLabel("Password").fill(owner.password)
    await page.getByRole("button", { name: "Sign in" }).click()
    await page.waitForURL("**/c/0190a000-0000-7000-8000-000000000000")
    await page.getByRole("heading", { name: "Nothing here" }).waitFor()
    await page.goto("/")
    await composer(page).waitFor()
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ name: "studio_session", httpOnly: true, sameSite: "Lax" })
    await page.getByRole("button", { name: /Mira/ }).click()
    await page.getByRole("menuitem", { name: "Sign out" }).click()
    await page.waitForURL("**/sign-in")
    expect(await context.cookies()).toEqual([])
    const me = await page.request.get("/v1/api/me", {
      headers: { cookie: `studio_session=${cookie?.value}` },
    })
    expect(me.status()).toBe(401)
    await context.close()
  })

  test("another site cannot sign anyone in or out, nor run the setup", async () => {
    const { page, context } = await visit(browser, studio.url)
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" }
    const statuses = []
    for (const path of ["/api/setup", "/api/auth/sign-in/email", "/api/auth/sign-out"]) {
      const answer = await page.request.post(path, { headers: foreign, data: {} })
      statuses.push(answer.status())
    }
    expect(statuses).toEqual([403, 403, 403])
    const form = await page.request.post("/api/auth/sign-in/email", {
      headers: { origin: studio.url, "sec-fetch-site": "same-origin" },
      form: { email: owner.email, password: owner.password },
    })
    expect(form.status()).toBe(415)
    await context.close()
  })

  test("there is no public sign-up", async () => {
    const { page, context } = await visit(browser, studio.url)
    const answer = await page.request.post("/api/auth/sign-up/email", {
      headers: { origin: studio.url, "sec-fetch-site": "same-origin" },
      data: { name: "Eve", email: "eve@example.com", password: "let me in please" },
    })
    expect(answer.status()).toBe(404)
    await context.close()
  })

  test("the eleventh wrong password is rate-limited", async () => {
    const { page, context } = await visit(browser, studio.url)
    const statuses = []
    for (let tries = 0; tries < 11; tries++) {
      const answer = await page.request.post("/api/auth/sign-in/email", {
        headers: { origin: studio.url, "sec-fetch-site": "same-origin" },
        data: { email: "nobody@example.com", password: `wrong ${tries}` },
      })
      statuses.push(answer.status())
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    await context.close()
  })
})

test("the way from sign-in to a new token works by keyboard alone", async () => {
  const stopped = Promise.withResolvers<void>()
  let asked = 0
  studio.answers["[keys]"] = function* (): Iterable<ModelAction> {
    asked += 1
    yield say(asked === 1 ? "Half a" : "A **whole** sentence.")
    if (asked === 1) yield wait(stopped.promise)
  }
  const guest = await visit(browser, studio.url, {
    permissions: ["clipboard-read", "clipboard-write"],
  })
  const { page } = guest
  await page.goto("/sign-in")
  await tabTo(page, "E-mail", "textbox")
  await page.keyboard.type(owner.email)
  await page.keyboard.press("Tab")
  await page.keyboard.type(owner.password)
  await page.keyboard.press("Enter")
  await composer(page).and(page.locator(":focus")).waitFor()
  await page.keyboard.type("Say something [keys]")
  await page.keyboard.press("Enter")
  await page.waitForURL("**/c/*")
  await newestAnswer(page).getByText("Half a").waitFor()
  await page.keyboard.press("Escape")
  await page.getByText("You stopped this answer.").waitFor()
  stopped.resolve()
  await page.keyboard.press("Shift+Escape")
  await composer(page).and(page.locator(":focus")).waitFor()
  await page.getByRole("link", { name: "Skip to the conversation" }).focus()
  await page.keyboard.press("Enter")
  await page.locator("#main:focus").waitFor()
  await tabTo(page, "Retry")
  await page.keyboard.press("Enter")
  await newestAnswer(page).getByText("whole").waitFor()
  await waitForAnswer(page)
  // A finished answer does not move the focus.
  expect(await page.locator(":focus").getAttribute("aria-label")).toBe("Retry")
  await page.getByTitle("Copy as markdown (Ctrl+Shift+C)").waitFor()
  await page.keyboard.press("Control+Shift+c")
  await waitFor(async () => (await clipboard(page)) === "A **whole** sentence.")
  const sidebar = page.getByRole("complementary", { name: "Conversations" })
  for (const shown of ["New chat (Ctrl+Shift+O)", "Search (Ctrl+K)", "Hide sidebar (Ctrl+Shift+S)"])
    await sidebar.getByTitle(shown).waitFor()
  await page.keyboard.press("Control+Shift+s")
  await page.getByRole("button", { name: /^Show sidebar/ }).waitFor()
  await page.keyboard.press("Control+/")
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor()
  await page.keyboard.press("Escape")
  await page.getByRole("dialog").waitFor({ state: "detached" })
  await page.keyboard.press("Control+Shift+o")
  await page.waitForURL((url) => url.pathname === "/")
  await composer(page).and(page.locator(":focus")).waitFor()
  await page.locator("#main").focus()
  await page.keyboard.press("Shift+Escape")
  await composer(page).and(page.locator(":focus")).waitFor()
  await command(page, "dark", "Theme: dark")
  await page.locator("html[data-theme=dark]").waitFor()
  await page.reload()
  await page.locator("html[data-theme=dark]").waitFor()
  await composer(page).and(page.locator(":focus")).waitFor()
  await command(page, "tokens", "Settings: tokens")
  await page.waitForURL("**/settings/tokens")
  await page.getByRole("heading", { name: "No tokens yet" }).waitFor()
  await tabTo(page, "New token")
  await page.keyboard.press("Enter")
  await page.getByLabel("Name").and(page.locator(":focus")).waitFor()
  await page.keyboard.type("By hand")
  await tabTo(page, "Create token")
  await page.keyboard.press("Enter")
  await page.getByRole("dialog", { name: "Copy “By hand” now" }).waitFor()
  await tabTo(page, "I have saved it")
  await page.keyboard.press("Enter")
  await page.getByRole("row").filter({ hasText: "By hand" }).waitFor()
  expect(guest.faults).toEqual([])
  await guest.context.close()
})

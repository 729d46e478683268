import type { Browser } from "playwright-core"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { openBrowser, visit } from "./support/browser.ts"
import { composer, owner, setUp, startStudio, type E2eStudio } from "./support/studio.ts"

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

describe("accounts", () => {
  test("the first visit makes the owner and lands in a chat", async () => {
    const { page, context, faults } = await visit(browser, studio.url)
    await setUp(page)
    expect(new URL(page.url()).pathname).toBe("/")
    await page.getByText("Owner").first().waitFor()
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

  test("signing in leads to the page that was asked for, and out again", async () => {
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

  test("another site cannot sign anyone in or out, nor set anything up", async () => {
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

  test("nobody can sign themselves up", async () => {
    const { page, context } = await visit(browser, studio.url)
    const answer = await page.request.post("/api/auth/sign-up/email", {
      headers: { origin: studio.url, "sec-fetch-site": "same-origin" },
      data: { name: "Eve", email: "eve@example.com", password: "let me in please" },
    })
    expect(answer.status()).toBe(404)
    await context.close()
  })

  test("the eleventh wrong password has to wait", async () => {
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

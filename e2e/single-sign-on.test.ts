import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { startOidcProvider, type OidcProvider } from "../tests/support/oidc-provider.ts"
import { openBrowser, visit } from "./support/browser.ts"
import { createOwner, owner, startStudio, type E2eStudio } from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser
let provider: OidcProvider

beforeAll(async () => {
  provider = await startOidcProvider()
  studio = await startStudio({
    environment: {
      STUDIO_OIDC_ISSUER: provider.issuer,
      STUDIO_OIDC_CLIENT_ID: provider.clientId,
      STUDIO_OIDC_CLIENT_SECRET: provider.clientSecret,
      STUDIO_OIDC_NAME: "Northwind ID",
    },
  })
  browser = await openBrowser()
  const context = await browser.newContext()
  await createOwner(context, studio.url)
  await context.close()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await studio?.stop()
  await provider?.close()
}, 60_000)

/** Opens the sign-in page, goes to the provider and signs in there as `email`. */
async function signInAs(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in?next=/settings/account")
  await page.getByRole("button", { name: "Continue with Northwind ID" }).click()
  await page.waitForURL(`${provider.issuer}/**`)
  await page.locator("[name=login]").fill(email)
  await page.locator("[name=password]").fill("whatever")
  await page.getByRole("button", { name: "Sign-in" }).click()
  await page.getByRole("button", { name: "Continue" }).click()
  await page.waitForURL(`${studio.url}/**`)
}

test("an unreachable provider is reported, and passwords work without it", async () => {
  const { page, context } = await visit(browser, studio.url)
  await page.goto("/sign-in")
  await page.getByRole("button", { name: "Continue with Northwind ID" }).click()
  await page.getByRole("alert").getByText("Single sign-on does not answer").waitFor()
  await page.getByLabel("E-mail").fill(owner.email)
  await page.getByLabel("Password").fill(owner.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await page.getByRole("textbox", { name: /^Message / }).waitFor()
  expect(new URL(page.url()).pathname).toBe("/")
  await context.close()
})

test("people with an account are signed in and land on the requested page; strangers are refused", async () => {
  provider.serve(`${studio.url}/api/auth/callback/oidc`)
  provider.confirmsMail = false
  const unconfirmed = await visit(browser, studio.url)
  await signInAs(unconfirmed.page, owner.email)
  await unconfirmed.page.getByRole("alert").getByText("has not confirmed").waitFor()
  await unconfirmed.context.close()

  provider.confirmsMail = true
  const { page, context } = await visit(browser, studio.url)
  await signInAs(page, owner.email)
  await page.waitForURL("**/settings/account")
  await page.getByRole("heading", { name: "Account" }).first().waitFor()
  await context.close()

  const stranger = await visit(browser, studio.url)
  await signInAs(stranger.page, "nobody@northwind.example")
  await stranger.page.getByRole("alert").getByText("Nobody has that address here").waitFor()
  await stranger.page.goto("/")
  await stranger.page.waitForURL("**/sign-in**")
  expect(await stranger.context.cookies()).not.toContainEqual(
    expect.objectContaining({ name: "studio_session" }),
  )
  await stranger.context.close()
})

test("a callback that this browser did not initiate signs no one in", async () => {
  const { page, context } = await visit(browser, studio.url)
  const answer = await page.request.get("/api/auth/callback/oidc?code=stolen&state=made-up", {
    maxRedirects: 0,
  })
  expect(answer.status()).toBe(302)
  expect(answer.headers()["location"]).toContain("/sign-in?error=")
  expect(answer.headers()["set-cookie"] ?? "").not.toContain("studio_session")
  await page.goto(answer.headers()["location"] ?? "")
  await page.getByRole("alert").getByText("started in another browser").waitFor()
  await context.close()
})

import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { createTestDatabase, type TestDatabase } from "../tests/support/database.ts"
import { testRedis } from "../tests/support/redis.ts"
import { startTestServer, type TestServer } from "../tests/support/server.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import { composer, waitForAnswer, newestAnswer, owner, send } from "./support/studio.ts"

let database: TestDatabase
let server: TestServer
let browser: Browser

beforeAll(async () => {
  database = await createTestDatabase()
  server = await startTestServer(
    { DATABASE_URL: database.url, REDIS_URL: testRedis().url, STUDIO_BUILD_DIR: ".next-dev-test" },
    ["--dev"],
  )
  browser = await openBrowser()
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await server?.kill("SIGTERM")
  await database?.drop()
}, 60_000)

test("npm run dev works from creating the owner to an answer, without React warnings", async () => {
  const { page, context, faults } = await visit(browser, server.url)
  // Pages are compiled on their first request.
  context.setDefaultTimeout(120_000)
  context.setDefaultNavigationTimeout(120_000)
  await page.goto("/")
  await page.waitForURL("**/setup")
  await page.getByLabel("Your name").fill(owner.name)
  await page.getByLabel("E-mail").fill(owner.email)
  await page.getByLabel("Password").fill(owner.password)
  await page.getByRole("button", { name: "Create the owner account" }).click()
  await composer(page).waitFor()
  // Keys have no effect before hydration, which takes longer here.
  await waitFor(() => composer(page).evaluate((field) => field === document.activeElement), {
    timeoutMs: 60_000,
  })
  await send(page, "12.5% of 80")
  await page.waitForURL("**/c/*")
  await waitForAnswer(page)
  await newestAnswer(page).getByText("10", { exact: true }).first().waitFor()
  await page.reload()
  await waitForAnswer(page)
  expect(faults).toEqual([])
  await context.close()
}, 300_000)

import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { openStream } from "../tests/support/http.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import {
  composer,
  newestAnswer,
  setUp,
  startChat,
  startStudio,
  type E2eStudio,
} from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser

beforeAll(async () => {
  studio = await startStudio()
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await studio?.stop()
}, 60_000)

test("somebody is invited, joins, chats, and is shut out while a stream is open", async () => {
  const [mira, aiko] = [await visit(browser, studio.url), await visit(browser, studio.url)]
  const { page: boss } = mira
  const { page: guest } = aiko
  await setUp(boss)
  await boss.goto("/admin/people")
  await boss.getByRole("button", { name: "Invite" }).click()
  const inviting = boss.getByRole("dialog", { name: "Invite somebody" })
  await inviting.getByLabel("E-mail").fill("aiko@northwind.example")
  await inviting.getByRole("button", { name: "Create the link" }).click()
  const link = await boss.getByTestId("invitation-link").innerText()
  await boss.getByRole("button", { name: "Done" }).click()
  await boss.getByText("aiko@northwind.example").waitFor()

  await guest.goto(link)
  await guest.getByRole("heading", { name: /^Join / }).waitFor()
  await guest.getByLabel("Your name").fill("Aiko")
  await guest.getByLabel("Password").fill("another good sentence")
  await guest.getByRole("button", { name: "Create my account" }).click()
  await composer(guest).waitFor()
  await startChat(guest, "hello from Aiko")
  await newestAnswer(guest).getByText("You said").waitFor()
  await guest.goto(link)
  await guest.getByRole("heading", { name: "Already used" }).waitFor()

  const [cookie] = await aiko.context.cookies()
  const headers = { cookie: `${cookie?.name}=${cookie?.value}` }
  const listed = await fetch(`${studio.url}/v1/api/conversations`, { headers })
  const { conversations } = (await listed.json()) as { conversations: { id: string }[] }
  const stream = await openStream(
    studio.url,
    `/v1/api/conversations/${conversations[0]?.id}/stream?since_seq=0`,
    { headers },
  )
  await waitFor(() => stream.events.some((event) => event.event === "done"))

  await boss.reload()
  await boss.getByRole("button", { name: "Change Aiko" }).click()
  await boss.getByRole("menuitem", { name: "Disable…" }).click()
  await boss.getByRole("alertdialog").getByRole("button", { name: "Disable" }).click()
  await boss.getByRole("cell", { name: "Disabled member" }).waitFor()
  await waitFor(() => stream.isEnded(), { timeoutMs: 5_000 })
  const refused = await fetch(`${studio.url}/v1/api/me`, { headers })
  expect(refused.status).toBe(401)
  await guest.goto("/")
  await guest.waitForURL("**/sign-in")
  expect(mira.faults).toEqual([])
  await Promise.all([mira.context.close(), aiko.context.close()])
})

test("sessions are listed where one is signed in, and ended from there", async () => {
  const owner = await visit(browser, studio.url)
  const signIn = async ({ page }: typeof owner) => {
    await page.goto("/sign-in")
    await page.getByLabel("E-mail").fill("mira@northwind.example")
    await page.getByLabel("Password").fill("a sentence works well")
    await page.getByRole("button", { name: "Sign in" }).click()
    await composer(page).waitFor()
  }
  const other = await visit(browser, studio.url)
  await signIn(owner)
  await signIn(other)
  const { page } = owner
  await page.getByRole("button", { name: /Mira/ }).click()
  await page.getByRole("menuitem", { name: "Account" }).click()
  await page.getByText("This device").waitFor()
  await page.getByRole("button", { name: "Sign out everywhere else" }).click()
  await page.getByRole("alertdialog").getByRole("button", { name: "Sign out" }).click()
  await page.getByText("You are signed out everywhere else.").waitFor()
  await page
    .getByRole("button", { name: /^End the session/ })
    .first()
    .waitFor({ state: "detached" })
  await other.page.goto("/")
  await other.page.waitForURL("**/sign-in")
  expect(owner.faults).toEqual([])
  await Promise.all([owner.context.close(), other.context.close()])
})

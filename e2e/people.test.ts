import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { openStream } from "../tests/support/http.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import {
  composer,
  newestAnswer,
  owner,
  send,
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
  await setUp(boss, studio)
  await boss.goto("/admin/people")
  await boss.getByRole("button", { name: "Invite" }).click()
  const inviting = boss.getByRole("dialog", { name: "Invite somebody" })
  await inviting.getByLabel("E-mail").fill("aiko@northwind.example")
  await inviting.getByRole("button", { name: "Create the link" }).click()
  const link = await boss.getByTestId("link").innerText()
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
  const here = await visit(browser, studio.url)
  const other = await visit(browser, studio.url)
  await signIn(here.page)
  await signIn(other.page)
  const { page } = here
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
  expect(here.faults).toEqual([])
  await Promise.all([here.context.close(), other.context.close()])
})

test("administrators find what was done and what was said, and set a budget that is told in words", async () => {
  const visitor = await visit(browser, studio.url)
  const { page } = visitor
  await signIn(page)
  await page.goto("/admin/people?cursor=broken")
  await page.getByRole("rowheader", { name: /Aiko/ }).waitFor()

  await page.goto("/admin/audit?action=user.disabled&from=2020-01-01&cursor=broken")
  await page.getByRole("rowheader", { name: "Person disabled" }).waitFor()
  expect(await page.getByRole("rowheader").count()).toBe(1)
  await page.getByRole("button", { name: "Verify" }).click()
  await page.getByRole("region", { name: "Verification" }).getByText("The chain holds").waitFor()

  await page.goto("/admin/conversations?in=messages&q=hello+aik")
  await page.getByRole("list", { name: "Texts" }).getByRole("link").last().click()
  await page.waitForURL(/\/admin\/conversations\/[^/]+\?at=\d+$/)
  await page.getByText("You are reading Aiko’s conversation.").waitFor()

  await page.goto("/admin/usage")
  await page.getByRole("button", { name: "Set a limit" }).click()
  const dialog = page.getByRole("dialog", { name: "Monthly token limit" })
  await dialog.getByLabel("Tokens in a month").fill("0")
  await dialog.getByRole("button", { name: "Save" }).click()
  await page.getByText(/^Used up: new messages are refused until/).waitFor()
  await page.goto("/")
  await send(page, "one more question")
  await page
    .getByRole("alert")
    .filter({ hasText: "The tokens of this month are used up" })
    .waitFor()
  expect(await composer(page).inputValue()).toBe("one more question")
  expect(visitor.faults.filter((fault) => !fault.includes("402"))).toEqual([])
  await visitor.context.close()
})

async function signIn(page: Page): Promise<void> {
  await page.goto("/sign-in")
  await page.getByLabel("E-mail").fill(owner.email)
  await page.getByLabel("Password").fill(owner.password)
  await page.getByRole("button", { name: "Sign in" }).click()
  await composer(page).waitFor()
}

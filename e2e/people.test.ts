import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { openStream } from "../tests/support/http.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openBrowser, visit } from "./support/browser.ts"
import { callFrom } from "./support/call-from.ts"
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

test("an invited person joins, chats, is disabled during a stream, and returns with a reset link", async () => {
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
  await guest.goto("/")
  await composer(guest).waitFor()

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
  // Both the open page and a sign-in with the right password explain the reason.
  const notice = guest.getByRole("alertdialog", { name: "Your account is disabled" })
  await notice.waitFor({ timeout: 20_000 })
  await notice.getByRole("button", { name: "Go to sign-in" }).click()
  await guest.waitForURL("**/sign-in")
  await guest.getByRole("alert").getByText("Your account is disabled.").waitFor()
  await signInAs(guest, "aiko@northwind.example", "another good sentence")
  await guest.getByRole("alert").getByText("Ask an administrator of this Studio").last().waitFor()

  await boss.getByRole("button", { name: "Change Aiko" }).click()
  await boss.getByRole("menuitem", { name: "Enable" }).click()
  await boss.getByText("Aiko may sign in again.").waitFor()
  await boss.getByRole("button", { name: "Change Aiko" }).click()
  await boss.getByRole("menuitem", { name: "Reset password…" }).click()
  const resetLink = await boss.getByTestId("link").innerText()
  await boss.getByRole("button", { name: "Done" }).click()
  await guest.goto(resetLink)
  await guest.getByRole("heading", { name: "Set a new password" }).waitFor()
  await guest.getByLabel("New password").fill("a third good sentence")
  await guest.getByRole("button", { name: "Set password and sign in" }).click()
  await composer(guest).waitFor()
  await guest.goto(resetLink)
  await guest.getByRole("heading", { name: "Already used" }).waitFor()
  await guest.goto("/")
  await composer(guest).waitFor()
  expect(mira.faults).toEqual([])
  await Promise.all([mira.context.close(), aiko.context.close()])
})

test("an owner erases a person, and a person erases themselves", async () => {
  const [mira, joao, ines] = [
    await visit(browser, studio.url),
    await visit(browser, studio.url),
    await visit(browser, studio.url),
  ]
  const boss = mira.page
  await signIn(boss)
  await boss.goto("/admin/people")
  for (const [guest, name] of [
    [joao, "Joao"],
    [ines, "Ines"],
  ] as const) {
    const { url } = await callFrom<{ url: string }>(boss, "POST", "/v1/api/users", {
      email: `${name.toLowerCase()}@northwind.example`,
    })
    await guest.page.goto(url)
    await guest.page.getByLabel("Your name").fill(name)
    await guest.page.getByLabel("Password").fill("another good sentence")
    await guest.page.getByRole("button", { name: "Create my account" }).click()
    await composer(guest.page).waitFor()
  }
  await boss.reload()
  await boss.getByRole("button", { name: "Change Joao" }).click()
  await boss.getByRole("menuitem", { name: "Erase…" }).click()
  const asked = boss.getByRole("alertdialog", { name: "Erase Joao?" })
  const erase = asked.getByRole("button", { name: "Erase for good" })
  expect(await erase.isDisabled()).toBe(true)
  await asked.getByLabel("Their e-mail address, to confirm").fill("joao@northwind.example")
  await erase.click()
  await boss.getByRole("rowheader", { name: /Joao/ }).waitFor({ state: "detached" })
  await joao.page.goto("/")
  await joao.page.waitForURL("**/sign-in")

  await startChat(ines.page, "hello from Ines")
  await newestAnswer(ines.page).getByText("You said").waitFor()
  await composer(ines.page).fill("never sent")
  await ines.page.goto("/settings/account")
  await ines.page.getByRole("button", { name: "Erase my account…" }).click()
  const own = ines.page.getByRole("alertdialog", { name: "Erase your account?" })
  await own.getByLabel("Your password").fill("not the password")
  await own.getByRole("button", { name: "Erase for good" }).click()
  await own.getByText("That is not your password.").waitFor()
  await own.getByLabel("Your password").fill("another good sentence")
  await own.getByRole("button", { name: "Erase for good" }).click()
  await ines.page.getByText("Your account is erased.").waitFor()
  expect(await ines.page.evaluate(() => Object.keys(localStorage).join())).not.toContain("draft")
  await boss.reload()
  await boss.getByRole("rowheader", { name: /Mira/ }).waitFor()
  expect(await boss.getByRole("rowheader", { name: /Ines|Joao/ }).count()).toBe(0)
  expect(mira.faults).toEqual([])
  await Promise.all([mira.context.close(), joao.context.close(), ines.context.close()])
})

test("sessions are listed and ended on the account page", async () => {
  const here = await visit(browser, studio.url)
  const other = await visit(browser, studio.url)
  await signIn(here.page)
  await signIn(other.page)
  const { page } = here
  const kept = await visit(browser, studio.url)
  await kept.page.goto("/sign-in")
  await kept.page.getByLabel("Keep me signed in for 30 days").check()
  await signInAs(kept.page, owner.email, owner.password)
  await composer(kept.page).waitFor()
  const ends = async ({ context }: typeof here) => (await context.cookies())[0]?.expires ?? 0
  expect(await ends(here)).toBe(-1)
  expect(await ends(kept)).toBeGreaterThan(Date.now() / 1000 + 300 * 86_400)
  await page.getByRole("button", { name: /Mira/ }).click()
  await page.getByRole("menuitem", { name: "Account" }).click()
  await page.getByText("This device").waitFor()
  await page.getByText("stays signed in").waitFor()
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
  await Promise.all([here.context.close(), other.context.close(), kept.context.close()])
})

test("administrators search audit records and texts, and set a budget that refuses messages with an explanation", async () => {
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
  await dialog.getByLabel("Tokens per month").fill("0")
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
  await signInAs(page, owner.email, owner.password)
  await composer(page).waitFor()
}

async function signInAs(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
}

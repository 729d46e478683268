import { execFile } from "node:child_process"
import { promisify } from "node:util"

import type { Page } from "playwright-core"
import { describe, expect, test } from "vitest"

import { openStream } from "../tests/support/http.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { newestAnswer, startChat } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const run = promisify(execFile)

const e2e = useStudio({ permissions: ["clipboard-read", "clipboard-write"] })

const dialog = (page: Page, name: string | RegExp) => page.getByRole("dialog", { name })
const secretOf = (page: Page) => page.getByTestId("secret").innerText()
const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name })

/** Mints a token on the tokens page and leaves its secret visible. */
async function mint(page: Page, name: string): Promise<void> {
  await page.goto("/settings/tokens")
  await page.getByRole("button", { name: "New token" }).click()
  await page.getByLabel("Name").fill(name)
  await page.getByRole("button", { name: "Create token" }).click()
  await dialog(page, `Copy “${name}” now`).waitFor()
}

async function statusOf(path: string, token: string): Promise<number> {
  const answer = await fetch(e2e.studio.url + path, {
    headers: { authorization: `Bearer ${token}` },
  })
  await answer.arrayBuffer()
  return answer.status
}

describe("tokens", () => {
  test("a token works from the displayed command, and stops working after it is revoked", async () => {
    const { page, faults } = e2e.visited
    await page.goto("/")
    await page.getByRole("button", { name: /Mira/ }).click()
    await page.getByRole("menuitem", { name: "Tokens" }).click()
    await page.waitForURL("**/settings/tokens")
    await page.getByRole("heading", { name: "No tokens yet" }).waitFor()
    await page.getByRole("button", { name: "New token" }).click()
    await page.getByLabel("Name").fill("Nightly export")
    await page.getByRole("button", { name: "Create token" }).click()
    const shown = dialog(page, "Copy “Nightly export” now")
    await shown.getByRole("button", { name: "Copy command" }).click()
    await shown.getByRole("button", { name: "Copied" }).waitFor()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    const { stdout } = await run("sh", ["-c", `${command} --silent`], { timeout: 10_000 })
    expect(JSON.parse(stdout)).toMatchObject({ conversations: [], viewing_as: "participant" })

    const secret = await secretOf(page)
    await shown.getByRole("button", { name: "I have saved it" }).click()
    await row(page, "Nightly export").getByRole("cell", { name: "Chat, read agents" }).waitFor()
    expect(await page.content()).not.toContain(secret)

    await page.getByRole("button", { name: "Rotate Nightly export" }).click()
    const rotating = dialog(page, "Rotate “Nightly export”")
    await rotating.getByRole("radio", { name: "1 hour" }).check()
    await rotating.getByRole("button", { name: "New secret" }).click()
    await shown.waitFor()
    const second = await secretOf(page)
    expect(second).not.toBe(secret)
    await shown.getByRole("button", { name: "I have saved it" }).click()
    const old = row(page, "Nightly export").filter({ hasText: "Replaced" })
    await old.getByRole("cell", { name: / in (1 h|\d\d min)$/ }).waitFor()
    expect([await statusOf("/v1/api/me", secret), await statusOf("/v1/api/me", second)]).toEqual([
      200, 200,
    ])
    // Without a grace period the old token ends at once, and a reload shows the same list.
    await old.getByRole("button", { name: "Revoke Nightly export" }).click()
    await page.getByRole("alertdialog").getByRole("button", { name: "Revoke token" }).click()
    await old.waitFor({ state: "detached" })
    expect([await statusOf("/v1/api/me", secret), await statusOf("/v1/api/me", second)]).toEqual([
      401, 200,
    ])
    await page.reload()
    await row(page, "Nightly export").waitFor()

    await page.getByRole("button", { name: "Revoke Nightly export" }).click()
    const asking = page.getByRole("alertdialog", { name: "Revoke “Nightly export”?" })
    await asking.getByRole("button", { name: "Keep it" }).click()
    expect(await statusOf("/v1/api/me", second)).toBe(200)
    await page.getByRole("button", { name: "Revoke Nightly export" }).click()
    await asking.getByRole("button", { name: "Revoke token" }).click()
    await page.getByRole("heading", { name: "No tokens yet" }).waitFor()
    expect(await statusOf("/v1/api/me", second)).toBe(401)
    await page.reload()
    await page.getByRole("heading", { name: "No tokens yet" }).waitFor()
    expect(faults).toEqual([])
  })

  test("revoking a token ends its open stream within five seconds", async () => {
    const { page } = e2e.visited
    await startChat(page, "hello there")
    await newestAnswer(page).getByText("You said").waitFor()
    const id = new URL(page.url()).pathname.slice("/c/".length)
    await mint(page, "Watcher")
    const token = await secretOf(page)
    const stream = await openStream(
      e2e.studio.url,
      `/v1/api/conversations/${id}/stream?since_seq=0`,
      {
        token,
      },
    )
    await waitFor(() => stream.events.some((event) => event.event === "done"))
    await page.getByRole("button", { name: "I have saved it" }).click()
    await page.getByRole("button", { name: "Revoke Watcher" }).click()
    await page.getByRole("button", { name: "Revoke token" }).click()
    await page.getByText("“Watcher” is revoked.").waitFor()
    await waitFor(() => stream.isEnded(), { timeoutMs: 5_000 })
  })

  test("the selected access matches its preview and the granted scopes", async () => {
    const { page } = e2e.visited
    await page.goto("/settings/tokens")
    await page.getByRole("button", { name: "New token" }).click()
    const form = dialog(page, "New token")
    const choose = (resource: string, level: string) =>
      form
        .getByRole("group", { name: resource })
        .getByRole("radio", { name: level, exact: true })
        .check()
    await form.getByRole("radio", { name: "90 days" }).isChecked()
    await choose("Conversations", "Read")
    await choose("Agents", "None")
    const preview = form.getByRole("region", { name: "This token will be able to" })
    await preview.getByText("Can: read your conversations").waitFor()
    // Only resources that an endpoint checks.
    expect(await form.getByRole("group").count()).toBe(4)
    await preview.getByText("Cannot: send messages as you").waitFor()
    expect(await preview.getByText("Can: list agents").count()).toBe(0)
    await choose("Expires", "Never")
    await form.getByText("It works until someone revokes it.").waitFor()
    await form.getByLabel("Name").fill("<b>Reader</b>")
    await form.getByRole("button", { name: "Create token" }).click()
    await dialog(page, "Copy “<b>Reader</b>” now").waitFor()
    const token = await secretOf(page)
    await page.keyboard.press("Escape")
    expect(await page.getByTestId("secret").isVisible()).toBe(true)
    expect([
      await statusOf("/v1/api/conversations", token),
      await statusOf("/v1/agents", token),
    ]).toEqual([200, 403])
    await page.getByRole("button", { name: "I have saved it" }).click()
    await row(page, "<b>Reader</b>").getByRole("cell", { name: "No end date" }).waitFor()
    await row(page, "<b>Reader</b>").getByRole("cell", { name: "Read conversations" }).waitFor()
  })

  test("minting requires a name and access; Esc closes the dialog and restores the focus", async () => {
    const { page } = e2e.visited
    await page.goto("/settings/tokens")
    const opener = page.getByRole("button", { name: "New token" })
    await opener.click()
    const form = dialog(page, "New token")
    await form.getByLabel("Name").fill("   ")
    await form.getByRole("button", { name: "Create token" }).click()
    await form.getByText("Give it a name.").waitFor()
    await form.getByLabel("Name").fill("Nothing")
    for (const resource of ["Conversations", "Agents"]) {
      await form.getByRole("group", { name: resource }).getByRole("radio", { name: "None" }).check()
    }
    await form.getByRole("button", { name: "Create token" }).click()
    await form.getByRole("alert").getByText("Choose at least one permission.").waitFor()
    await page.keyboard.press("Escape")
    await form.waitFor({ state: "detached" })
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true)
    expect(await row(page, "Nothing").count()).toBe(0)
  })
})

import { expect, test } from "vitest"

import { waitFor } from "../tests/support/wait-for.ts"
import { visit } from "./support/browser.ts"
import { begin } from "./support/call-from.ts"
import { composer, waitForTurnEnd, startChat, thread } from "./support/studio.ts"
import { inTwoParts } from "./support/tabs.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio()

test("a conversation can be renamed, and deleted with an undo period", async () => {
  const { page } = e2e.visited
  await startChat(page, "Name me")
  await waitForTurnEnd(page)
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Rename" }).click()
  await page.getByLabel("Title of the conversation").fill("A better name")
  await page.keyboard.press("Enter")
  const row = page.getByRole("navigation").getByRole("link", { name: "A better name" })
  await row.waitFor()
  await page.reload()
  await row.waitFor()
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Delete" }).click()
  await row.waitFor({ state: "detached" })
  await page.getByRole("button", { name: "Undo" }).click()
  await row.waitFor()
  await row.click()
  await thread(page).getByText("You said: Name me").waitFor()
  const path = new URL(page.url()).pathname
  expect(path).toMatch(/^\/c\//)
  // The delete request is sent after the undo period and not before.
  const request = page.waitForRequest((asked) => asked.method() === "DELETE")
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Delete" }).click()
  await row.waitFor({ state: "detached" })
  const deletedAtMs = performance.now()
  await request
  expect(performance.now() - deletedAtMs).toBeGreaterThan(4_000)
  const answer = () => page.request.get(path.replace("/c/", "/v1/api/conversations/"))
  await waitFor(async () => (await answer()).status() === 404)
})

test("conversations are grouped by the day of their last activity", async () => {
  const { page } = e2e.visited
  const sql = e2e.studio.db?.$client
  if (sql === undefined) throw new Error("This Studio's database cannot be reached.")
  await page.goto("/")
  await composer(page).waitFor()
  for (const [days, group] of [
    [0, "Today"],
    [1, "Yesterday"],
    [5, "Previous 7 days"],
    [40, "Older"],
  ] as const) {
    const id = (await begin(page, `Spoken ${days} days ago`)).replace("/c/", "")
    await page.goto(`/c/${id}`)
    await waitForTurnEnd(page)
    await sql`
      update conversations set last_activity_at = now() - make_interval(days => ${days}::int)
      where id = ${id}`
    await page.goto("/")
    const list = page.getByRole("navigation", { name: "Conversation list" })
    const row = list.getByRole("region", { name: group }).getByText(`Spoken ${days} days ago`)
    await row.first().waitFor()
    expect(await list.getByText(`Spoken ${days} days ago`).count()).toBe(await row.count())
  }
})

test("a second device sees running, unread, renamed and deleted conversations; a hidden tab shows it in its title", async () => {
  const { page } = e2e.visited
  const other = await visit(e2e.browser, e2e.studio.url, { storageState: e2e.state })
  const list = other.page.getByRole("navigation", { name: "Conversation list" })
  await other.page.goto("/")
  await composer(other.page).waitFor()
  const releaseRest = inTwoParts(e2e.studio, "[devices]")
  await startChat(page, "Seen from afar [devices]")
  const row = list.getByRole("listitem").filter({ hasText: "Seen from afar" })
  await row.getByRole("img", { name: "Running" }).waitFor()
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
  })
  releaseRest()
  await waitFor(async () => (await page.title()).startsWith("(1) "), { timeoutMs: 15_000 })
  await row.getByRole("img", { name: "Unread" }).waitFor()
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "visible", configurable: true })
    document.dispatchEvent(new Event("visibilitychange"))
  })
  await waitFor(async () => (await page.title()).startsWith("Seen from afar"))
  // Reading on one device clears the mark on the other.
  await row.getByRole("img", { name: "Unread" }).waitFor({ state: "detached" })
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Rename" }).click()
  await page.getByLabel("Title of the conversation").fill("Seen and named")
  await page.keyboard.press("Enter")
  const renamed = list.getByRole("link", { name: "Seen and named" })
  await renamed.waitFor()
  await renamed.click()
  await other.page.waitForURL("**/c/*")
  await thread(other.page).getByText("second part.").waitFor()
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Delete" }).click()
  // Leaving the page sends the delete without waiting for the undo period.
  await page.goto("/settings/account")
  await renamed.waitFor({ state: "detached" })
  await other.page.getByText("This conversation was deleted").waitFor()
  expect(await composer(other.page).count()).toBe(0)
  expect(e2e.visited.faults).toEqual([])
  await other.context.close()
})

test("older conversations load while scrolling, with a retry after a failure, down to the end of the list", async () => {
  const { page } = e2e.visited
  await page.goto("/")
  await composer(page).waitFor()
  const oldest = await begin(page, "The oldest row")
  await Promise.all(Array.from({ length: 41 }, (_, index) => begin(page, `Row ${index}`)))
  await page.reload()
  const list = page.getByRole("navigation", { name: "Conversation list" })
  await list.getByRole("region", { name: "Today" }).getByText("Row 40", { exact: true }).waitFor()
  expect(await list.getByText("The oldest row").count()).toBe(0)
  await page.route("**/v1/api/conversations?**", (route) => route.abort())
  await list.hover()
  const again = list.getByRole("button", { name: "Did not load. Try again" })
  await waitFor(async () => {
    await page.mouse.wheel(0, 2_000)
    return (await again.count()) > 0
  })
  await page.unroute("**/v1/api/conversations?**")
  await again.click()
  // The browser logs failed requests to its console.
  e2e.visited.faults.splice(0)
  await waitFor(
    async () => {
      await page.mouse.wheel(0, 2_000)
      return (await list.getByText("These are all your conversations.").count()) > 0
    },
    { timeoutMs: 20_000 },
  )
  await list.getByText("The oldest row").waitFor()
  // A conversation opened by a link can be deleted although the list has not loaded it.
  await page.goto(oldest)
  await list.getByText("Row 40", { exact: true }).waitFor()
  await page.getByRole("button", { name: "Conversation menu", exact: true }).click()
  await page.getByRole("menuitem", { name: "Delete" }).click()
  await page.goto("/settings/account")
  const answer = () => page.request.get(oldest.replace("/c/", "/v1/api/conversations/"))
  await waitFor(async () => (await answer()).status() === 404)
  expect(e2e.visited.faults).toEqual([])
})

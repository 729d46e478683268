import type { Page } from "playwright-core"

import { waitFor } from "../../tests/support/wait-for.ts"
import type { Places } from "./stage.ts"
import { composer, waitForLazyParts, newestAnswer, thread } from "./studio.ts"

/** One page in one state, shared by screenshots and tests. */
export interface Scene {
  name: string
  /** The viewer: an anonymous visitor, or the owner. */
  by: "visitor" | "owner"
  show(page: Page, places: Places): Promise<void>
}

/** The first page of a new installation; it disappears once an owner exists. */
export const setupScene: Scene = {
  name: "setup",
  by: "visitor",
  async show(page) {
    await page.goto("/setup")
    await page.getByRole("button", { name: "Create the owner account" }).waitFor()
  },
}

type Show = Scene["show"]

const ofVisitors: Record<string, Show> = {
  async "sign-in"(page) {
    await page.goto("/sign-in")
    await page.getByRole("button", { name: "Sign in" }).waitFor()
  },
  async invitation(page, { invitation }) {
    await page.goto(invitation)
    await page.getByRole("heading", { name: /^Join / }).waitFor()
  },
  async reset(page, { reset }) {
    await page.goto(reset)
    await page.getByRole("heading", { name: "Set a new password" }).waitFor()
  },
}

const ofTheOwner: Record<string, Show> = {
  async "chat-empty"(page) {
    await page.goto("/")
    await composer(page).waitFor()
  },
  async "chat-finished"(page, { finished }) {
    await page.goto(finished)
    await newestAnswer(page).locator("code .hl-keyword, code span").first().waitFor()
  },
  async "chat-streaming"(page, { streaming }) {
    await page.goto(streaming)
    await newestAnswer(page).getByText("so that").waitFor()
  },
  async "chat-step-open"(page, { finished }) {
    await page.goto(finished)
    const step = newestAnswer(page).getByRole("list", { name: "Steps" }).locator("summary")
    await step.click()
    await newestAnswer(page).getByRole("region", { name: "calculate" }).scrollIntoViewIfNeeded()
  },
  async "chat-error"(page, { failed }) {
    await page.goto(failed)
    await thread(page).getByRole("alert").waitFor()
  },
  async "chat-queue"(page, { queued }) {
    await page.goto(queued)
    const queue = page.getByRole("list", { name: "Queued messages" })
    await queue.getByText("And write a reminder").waitFor()
  },
  async "chat-files"(page) {
    await page.goto("/")
    await composer(page).fill("Which of these two is the newer one?")
    await page.getByLabel("Files to attach").setInputFiles([
      { name: "lease-lisbon-2024.md", mimeType: "text/markdown", buffer: Buffer.from("# Lease") },
      { name: "floor-plan.png", mimeType: "image/png", buffer: picture() },
    ])
    await page.getByRole("list", { name: "Files to send" }).getByText("floor-plan.png").waitFor()
  },
  async palette(page, { finished }) {
    await page.goto(finished)
    await openPalette(page)
    await page.getByRole("combobox").fill("price")
    await page.getByRole("option").filter({ hasText: "Translate" }).first().waitFor()
  },
  async "palette-recent"(page) {
    await page.goto("/")
    await openPalette(page)
    await page.getByRole("option").first().waitFor()
  },
  async shortcuts(page) {
    await page.goto("/")
    await composer(page).waitFor()
    await press(page, "Control+/", () => page.getByRole("dialog", { name: "Keyboard" }))
  },
  async "settings-tokens"(page) {
    await page.goto("/settings/tokens")
    await page.getByRole("row").filter({ hasText: "Laptop" }).waitFor()
  },
  async "settings-new-token"(page) {
    await page.goto("/settings/tokens")
    await page.getByRole("button", { name: "New token" }).click()
    await page.getByLabel("Name").fill("Weekly report")
  },
  async "settings-account"(page) {
    await page.goto("/settings/account")
    await page.getByText("This device").first().waitFor()
  },
  async "settings-erase"(page) {
    await page.goto("/settings/account")
    await page.getByRole("button", { name: "Erase my account…" }).click()
    await page.getByRole("alertdialog").waitFor()
  },
  async "admin-conversations"(page) {
    await page.goto("/admin/conversations")
    await page.getByRole("row").filter({ hasText: "Aiko" }).waitFor()
  },
  async "admin-reading"(page, { member }) {
    await page.goto(member)
    await page.getByRole("link", { name: "Inspect this turn" }).first().waitFor()
  },
  async "admin-turn"(page, { member }) {
    await page.goto(member)
    await page.getByRole("link", { name: "Inspect this turn" }).first().click()
    await page.waitForURL("**?turn=*")
    await page.getByRole("button", { name: "Replay" }).waitFor()
    await page
      .getByRole("group", { name: / as JSON$/ })
      .getByText('"seq"')
      .waitFor()
  },
  async "admin-agents"(page) {
    await page.goto("/admin/agents")
    await page.getByRole("table").waitFor()
  },
  async "admin-agent-form"(page) {
    await page.goto("/admin/agents")
    await page.getByRole("button", { name: "New agent" }).click()
    await page.getByLabel("Model").scrollIntoViewIfNeeded()
  },
  async "admin-agent-briefing"(page) {
    await page.goto("/admin/agents")
    await page.getByRole("button", { name: "New agent" }).click()
    await page.getByLabel("Name", { exact: true }).fill("Night shift")
    await page.getByLabel("Instructions").fill("Answer in two sentences. Offer to wake somebody.")
    await page.getByText("What the model sees").click()
    await page.getByText("You are Night shift, an agent in Studio.").scrollIntoViewIfNeeded()
  },
  async "admin-people"(page) {
    await page.goto("/admin/people")
    await page.getByText("joao@northwind.example").waitFor()
  },
  async "admin-people-reset"(page) {
    // A real link would revoke the one that another scene shows.
    const url = `http://localhost:3000/reset/${"Zq3-".repeat(10)}abc`
    await page.route("**/password-reset", (route) =>
      route.fulfill({ status: 201, json: { id: "", expires_at: "", url } }),
    )
    await page.goto("/admin/people")
    await page.getByRole("button", { name: "Change Aiko Tanaka" }).click()
    await page.getByRole("menuitem", { name: "Reset password…" }).click()
    await page.getByTestId("link").waitFor()
  },
  async "admin-people-erase"(page) {
    await page.goto("/admin/people")
    await page.getByRole("button", { name: "Change Aiko Tanaka" }).click()
    await page.getByRole("menuitem", { name: "Erase…" }).click()
    await page.getByRole("alertdialog").waitFor()
  },
  async "admin-usage"(page) {
    await page.goto("/admin/usage")
    await page.getByRole("heading", { name: "Usage" }).waitFor()
  },
  async "admin-audit"(page) {
    await page.goto("/admin/audit")
    await page.getByRole("table").waitFor()
  },
  async "api-reference"(page) {
    await page.goto("/docs")
    await page.getByRole("heading", { level: 1 }).waitFor()
  },
  async "nothing-here"(page) {
    await page.goto("/c/0190a000-0000-7000-8000-000000000000")
    await page.getByRole("heading", { name: "Nothing here" }).waitFor()
  },
  // Runs last, because the network stays offline.
  async "chat-offline"(page, { tunnel }) {
    await page.context().setOffline(false)
    await page.goto(tunnel)
    await newestAnswer(page).getByText("You said").waitFor()
    await waitForLazyParts(page)
    await page.context().setOffline(true)
    await page.getByText("Reconnecting…").waitFor()
    if ((await page.getByText("Not sent yet").count()) > 0) return
    await composer(page).fill("And which of them take bicycles?")
    // On phones Enter inserts a line break.
    await page.getByRole("button", { name: /^Send/ }).click()
    await page.getByText("Not sent yet").waitFor()
  },
}

export const scenes: readonly Scene[] = [
  ...Object.entries(ofVisitors).map(([name, show]) => ({ name, by: "visitor" as const, show })),
  ...Object.entries(ofTheOwner).map(([name, show]) => ({ name, by: "owner" as const, show })),
]

async function openPalette(page: Page): Promise<void> {
  await press(page, "Control+k", () => page.getByRole("dialog", { name: "Search and commands" }))
}

/** Keys have no effect before hydration. */
async function press(page: Page, keys: string, shown: () => ReturnType<Page["getByRole"]>) {
  await composer(page).waitFor()
  await waitFor(async () => {
    if ((await shown().count()) > 0) return true
    await page.keyboard.press(keys)
    await shown()
      .waitFor({ timeout: 1_500 })
      .catch(() => {})
    return (await shown().count()) > 0
  })
}

/** A small valid image. */
function picture(): Buffer {
  return Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAF0lEQVR42mM4c+bMGWyAYWBJYBWFYQYA0vNn4YVBtYMAAAAASUVORK5CYII=",
    "base64",
  )
}

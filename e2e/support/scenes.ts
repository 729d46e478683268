import { setTimeout } from "node:timers/promises"

import type { Page } from "playwright-core"

import { callTools, say, wait, type ModelAction } from "../../tests/support/model-server.ts"
import { waitFor } from "../../tests/support/wait-for.ts"
import { begin, callFrom } from "./call-from.ts"
import { composer, newestAnswer, send, setUp, thread, type E2eStudio } from "./studio.ts"

/** Where the states of the stage are to be found. */
export interface Places {
  finished: string
  streaming: string
  failed: string
  queued: string
  tunnel: string
  member: string
  invitation: string
}

/** One page in one state, the same for everyone who looks at it. */
export interface Scene {
  name: string
  /** Who sees it: nobody who is signed in, or the owner. */
  by: "visitor" | "owner"
  show(page: Page, places: Places): Promise<void>
}

const finishedAnswer = `North leads, but **South grows fastest**: 18 % on the quarter before.

| Region | Orders | Change | Revenue |
|:--|--:|--:|--:|
| North | 1,204 | +4 % | 84,280 € |
| South | 963 | +18 % | 71,262 € |
| West | 418 | −2 % | 22,990 € |

The same as a query, for the dashboard:

\`\`\`sql
select region, count(*) as orders, sum(total) as revenue
from orders
where placed_at >= date_trunc('quarter', now()) -- this quarter
group by region
order by revenue desc;
\`\`\`

1. West lost one reseller in May.
2. South has had the new price list since April, see [the note](https://example.com/prices).
`
const streamedStart = `The import stopped at row 41,208: its date, \`2026-02-30\`, does not exist.

Two ways to go on:

- **Skip the row** and report it, as the other importers do.
- **Stop there** and keep what was read until then, so that `

/** What the model does with the messages of the stage. */
function giveLines(studio: E2eStudio, end: Promise<unknown>): void {
  const hasCalled = () => studio.model.requests.at(-1)?.messages.at(-1)?.role === "tool"
  studio.answers["three regions"] = function* (): Iterable<ModelAction> {
    if (hasCalled()) yield say(finishedAnswer)
    else yield callTools({ name: "calculate", args: { expression: "84280 + 71262 + 22990" } })
  }
  studio.answers["nightly import"] = function* (): Iterable<ModelAction> {
    if (!hasCalled()) {
      yield say("Let me look at what it read last.")
      yield callTools({ name: "calculate", args: { expression: "41208 / 60000" } })
      return
    }
    yield say(streamedStart)
    yield* held(end)
  }
  studio.answers["release notes"] = function* (): Iterable<ModelAction> {
    yield say("## 2.4\n\n- Tokens can be rotated.\n- The queue shows what")
    // Text that has been seen is not asked for again by the driver itself.
    yield wait(300)
    yield { type: "cut" }
  }
  studio.answers["every invoice"] = function* (): Iterable<ModelAction> {
    yield say("I am reading the invoices of May, one after the other.")
    yield* held(end)
  }
}

/** A vendor that says nothing for a minute is given up: now and then there is a blank. */
function* held(end: Promise<unknown>): Generator<ModelAction> {
  for (let blanks = 0; blanks < 60; blanks++) {
    yield wait(Promise.race([end, setTimeout(20_000, null, { ref: false })]))
    yield say(" ")
  }
}

/** Somebody else joins by invitation and writes something. */
async function bringMember(boss: Page, guest: Page): Promise<{ member: string }> {
  const { url } = await callFrom<{ url: string }>(boss, "POST", "/v1/api/users", {
    email: "aiko@northwind.example",
  })
  await guest.goto(url)
  await guest.getByLabel("Your name").fill("Aiko Tanaka")
  await guest.getByLabel("Password").fill("another good sentence")
  await guest.getByRole("button", { name: "Create my account" }).click()
  await composer(guest).waitFor()
  const conversation = await begin(guest, "Compare the three regions, with the query you used.")
  return { member: conversation.replace("/c/", "/admin/conversations/") }
}

/**
 * Fills a new installation: an owner, a member, tokens, and conversations in every state.
 * @param end until when the running answers go on
 */
export async function setTheStage(
  studio: E2eStudio,
  owner: Page,
  guest: Page,
  end: Promise<unknown>,
): Promise<Places> {
  giveLines(studio, end)
  await setUp(owner)
  const { member } = await bringMember(owner, guest)
  for (const text of ["What is the notice period in the Lisbon lease?", "Translate the price list"])
    await begin(owner, text)
  const tunnel = await begin(owner, "Which trains have a quiet car?")
  const failed = await begin(owner, "Draft the release notes for 2.4")
  const finished = await begin(owner, "Compare the three regions, with the query you used.")
  const streaming = await begin(owner, "Why did the nightly import stop?")
  const queued = await begin(
    owner,
    "Check every invoice of May",
    "Then list those without a tax number",
    "And write a reminder to each of their senders, in the language of their country",
  )
  await callFrom(owner, "POST", "/v1/api/tokens", {
    name: "Nightly export",
    scopes: ["conversations:read", "agents:read"],
    expires_in_days: 5,
  })
  await callFrom(owner, "POST", "/v1/api/tokens", { name: "Laptop", expires_in_days: 90 })
  await callFrom(owner, "POST", "/v1/api/tokens", { name: "Old script" })
  const invited = await callFrom<{ url: string }>(owner, "POST", "/v1/api/users", {
    email: "joao@northwind.example",
    role: "admin",
  })
  const invitation = new URL(invited.url).pathname
  return { finished, streaming, failed, queued, tunnel, member, invitation }
}

/** Before anything is. */
export const noPlaces: Places = {
  finished: "",
  streaming: "",
  failed: "",
  queued: "",
  tunnel: "",
  member: "",
  invitation: "",
}

/** The first page anyone ever sees; it is gone once there is an owner. */
export const setupScene: Scene = {
  name: "setup",
  by: "visitor",
  async show(page) {
    await page.goto("/setup")
    await page.getByRole("button", { name: "Create the owner account" }).waitFor()
  },
}

export const scenes: readonly Scene[] = [
  {
    name: "sign-in",
    by: "visitor",
    async show(page) {
      await page.goto("/sign-in")
      await page.getByRole("button", { name: "Sign in" }).waitFor()
    },
  },
  {
    name: "invitation",
    by: "visitor",
    async show(page, { invitation }) {
      await page.goto(invitation)
      await page.getByRole("heading", { name: /^Join / }).waitFor()
    },
  },
  {
    name: "chat-empty",
    by: "owner",
    async show(page) {
      await page.goto("/")
      await composer(page).waitFor()
    },
  },
  {
    name: "chat-finished",
    by: "owner",
    async show(page, { finished }) {
      await page.goto(finished)
      await newestAnswer(page).locator("code .hl-keyword, code span").first().waitFor()
    },
  },
  {
    name: "chat-streaming",
    by: "owner",
    async show(page, { streaming }) {
      await page.goto(streaming)
      await newestAnswer(page).getByText("so that").waitFor()
    },
  },
  {
    name: "chat-step-open",
    by: "owner",
    async show(page, { finished }) {
      await page.goto(finished)
      const step = newestAnswer(page).getByRole("list", { name: "Steps" }).locator("summary")
      await step.click()
      await newestAnswer(page).getByRole("region", { name: "calculate" }).waitFor()
    },
  },
  {
    name: "chat-error",
    by: "owner",
    async show(page, { failed }) {
      await page.goto(failed)
      await thread(page).getByRole("alert").waitFor()
    },
  },
  {
    name: "chat-queue",
    by: "owner",
    async show(page, { queued }) {
      await page.goto(queued)
      const queue = page.getByRole("list", { name: "Queued messages" })
      await queue.getByText("And write a reminder").waitFor()
    },
  },
  {
    name: "chat-files",
    by: "owner",
    async show(page) {
      await page.goto("/")
      await composer(page).fill("Which of these two is the newer one?")
      await page.getByLabel("Files to attach").setInputFiles([
        { name: "lease-lisbon-2024.md", mimeType: "text/markdown", buffer: Buffer.from("# Lease") },
        { name: "floor-plan.png", mimeType: "image/png", buffer: picture() },
      ])
      await page.getByRole("list", { name: "Files to send" }).getByText("floor-plan.png").waitFor()
    },
  },
  {
    name: "palette",
    by: "owner",
    async show(page, { finished }) {
      await page.goto(finished)
      await openPalette(page)
      await page.getByRole("combobox").fill("price")
      await page.getByRole("option").filter({ hasText: "Translate" }).first().waitFor()
    },
  },
  {
    name: "palette-recent",
    by: "owner",
    async show(page) {
      await page.goto("/")
      await openPalette(page)
      await page.getByRole("option").first().waitFor()
    },
  },
  {
    name: "shortcuts",
    by: "owner",
    async show(page) {
      await page.goto("/")
      await composer(page).waitFor()
      await press(page, "Control+/", () => page.getByRole("dialog", { name: "Keyboard" }))
    },
  },
  {
    name: "settings-tokens",
    by: "owner",
    async show(page) {
      await page.goto("/settings/tokens")
      await page.getByRole("row").filter({ hasText: "Laptop" }).waitFor()
    },
  },
  {
    name: "settings-new-token",
    by: "owner",
    async show(page) {
      await page.goto("/settings/tokens")
      await page.getByRole("button", { name: "New token" }).click()
      await page.getByLabel("Name").fill("Weekly report")
    },
  },
  {
    name: "settings-account",
    by: "owner",
    async show(page) {
      await page.goto("/settings/account")
      await page.getByText("This device").first().waitFor()
    },
  },
  {
    name: "admin-conversations",
    by: "owner",
    async show(page) {
      await page.goto("/admin/conversations")
      await page.getByRole("row").filter({ hasText: "Aiko" }).waitFor()
    },
  },
  {
    name: "admin-reading",
    by: "owner",
    async show(page, { member }) {
      await page.goto(member)
      await page.getByRole("link", { name: "Inspect this turn" }).first().waitFor()
    },
  },
  {
    name: "admin-turn",
    by: "owner",
    async show(page, { member }) {
      await page.goto(member)
      await page.getByRole("link", { name: "Inspect this turn" }).first().click()
      await page.waitForURL("**?turn=*")
      await page
        .getByRole("button", { name: /replay/i })
        .first()
        .waitFor()
    },
  },
  {
    name: "admin-agents",
    by: "owner",
    async show(page) {
      await page.goto("/admin/agents")
      await page.getByRole("table").waitFor()
    },
  },
  {
    name: "admin-people",
    by: "owner",
    async show(page) {
      await page.goto("/admin/people")
      await page.getByText("joao@northwind.example").waitFor()
    },
  },
  {
    name: "admin-usage",
    by: "owner",
    async show(page) {
      await page.goto("/admin/usage")
      await page.getByRole("heading", { name: "Usage" }).waitFor()
    },
  },
  {
    name: "admin-audit",
    by: "owner",
    async show(page) {
      await page.goto("/admin/audit")
      await page.getByRole("table").waitFor()
    },
  },
  {
    name: "api-reference",
    by: "owner",
    async show(page) {
      await page.goto("/docs")
      await page.getByRole("heading", { level: 1 }).waitFor()
    },
  },
  {
    name: "nothing-here",
    by: "owner",
    async show(page) {
      await page.goto("/c/0190a000-0000-7000-8000-000000000000")
      await page.getByRole("heading", { name: "Nothing here" }).waitFor()
    },
  },
  {
    // The last one: the network stays away.
    name: "chat-offline",
    by: "owner",
    async show(page, { tunnel }) {
      await page.context().setOffline(false)
      await page.goto(tunnel)
      await newestAnswer(page).getByText("You said").waitFor()
      await page.context().setOffline(true)
      await page.getByText("Reconnecting…").waitFor()
      if ((await page.getByText("Not sent yet").count()) > 0) return
      await send(page, "And which of them take bicycles?")
      await page.getByText("Not sent yet").waitFor()
    },
  },
]

async function openPalette(page: Page): Promise<void> {
  await press(page, "Control+k", () => page.getByRole("dialog", { name: "Search and commands" }))
}

/** Keys do nothing before the page has come to life. */
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

/** A small picture that is one. */
function picture(): Buffer {
  return Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAF0lEQVR42mM4c+bMGWyAYWBJYBWFYQYA0vNn4YVBtYMAAAAASUVORK5CYII=",
    "base64",
  )
}

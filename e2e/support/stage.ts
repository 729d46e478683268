import { setTimeout } from "node:timers/promises"

import type { Page } from "playwright-core"

import { callTools, say, wait, type ModelAction } from "../../tests/support/model-script.ts"
import { begin, callFrom } from "./call-from.ts"
import { composer, setUp, type E2eStudio } from "./studio.ts"

/** Addresses of the prepared states. */
export interface Places {
  finished: string
  streaming: string
  failed: string
  queued: string
  tunnel: string
  member: string
  invitation: string
  reset: string
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

/** The model's answers to the prepared messages. */
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
    // The driver does not retry once text was shown.
    yield wait(300)
    yield { type: "cut" }
  }
  studio.answers["every invoice"] = function* (): Iterable<ModelAction> {
    yield say("I am reading the invoices of May, one after the other.")
    yield* held(end)
  }
}

/** Sends an occasional space, because a provider that is silent for a minute counts as failed. */
function* held(end: Promise<unknown>): Generator<ModelAction> {
  for (let blanks = 0; blanks < 60; blanks++) {
    yield wait(Promise.race([end, setTimeout(20_000, null, { ref: false })]))
    yield say(" ")
  }
}

/** A second person joins by invitation and writes a message. */
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
 * @param end keeps the running answers open until it settles
 */
export async function setTheStage(
  studio: E2eStudio,
  owner: Page,
  guest: Page,
  end: Promise<unknown>,
): Promise<Places> {
  giveLines(studio, end)
  await setUp(owner, studio)
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
  const reset = await makeResetLink(owner, "aiko")
  return { finished, streaming, failed, queued, tunnel, member, invitation, reset }
}

async function makeResetLink(owner: Page, name: string): Promise<string> {
  const { users } = await callFrom<{ users: { id: string }[] }>(
    owner,
    "GET",
    `/v1/api/users?q=${name}`,
  )
  const path = `/v1/api/users/${users[0]?.id}/password-reset`
  const { url } = await callFrom<{ url: string }>(owner, "POST", path)
  return new URL(url).pathname
}

/** Placeholder before the installation is filled. */
export const noPlaces: Places = {
  finished: "",
  streaming: "",
  failed: "",
  queued: "",
  tunnel: "",
  member: "",
  invitation: "",
  reset: "",
}

import type { Page } from "playwright-core"
import { afterAll, expect, test } from "vitest"

import { callTools, say } from "../tests/support/model-script.ts"
import { startToolCounter } from "../tests/support/tool-counter.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { waitForTurnEnd, newestAnswer, shownText, startChat, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const calculate = (expression: string) => ({ name: "calculate", args: { expression } })

const counter = await startToolCounter()
const e2e = useStudio({}, { environment: { STUDIO_TEST_TOOL_URL: counter.url } })
afterAll(() => counter.close())

test("a tool call is a card with its arguments and result", async () => {
  e2e.studio.answers["[tool]"] = function* () {
    const isSecond = e2e.studio.model.requests.at(-1)?.messages.at(-1)?.role === "tool"
    if (isSecond) yield say("It is **441**.")
    else yield callTools(calculate("2450 * 0.18"), calculate("2450 * eighteen"))
  }
  const { page } = e2e.visited
  await startChat(page, "What is 18 % of 2450? [tool]")
  await waitForTurnEnd(page)
  const steps = thread(page).getByRole("list", { name: "Steps" }).getByRole("listitem")
  const [good, bad] = [steps.first(), steps.last()]
  // The page may have to read the time from the journal.
  await waitFor(async () =>
    /Done:\s*calculate\s*Calculate 2450 \* 0\.18\s*\d+\.\d s/.test(await good.innerText()),
  )
  expect(await good.getByRole("region").count()).toBe(0)
  await good.getByText("calculate", { exact: true }).click()
  expect(await good.getByRole("region").innerText()).toMatch(/"2450 \* 0\.18"[^]*441/)
  // A failed step is expanded automatically.
  expect(await bad.innerText()).toMatch(/Failed:[^]*eighteen/)
  await bad.getByRole("region").waitFor()
  expect(await shownText(page)).toBe("It is 441.")
  expect(await newestAnswer(page).locator("strong").innerText()).toBe("441")
  await newestAnswer(page)
    .getByText(/[\d,]+ in · \d+ out · cost not known/)
    .waitFor()
  await inspectTurn(page)
  expect(e2e.visited.faults).toEqual([])
})

/** Opens the same turn in the administrator's inspector. */
async function inspectTurn(page: Page): Promise<void> {
  const { pathname } = new URL(page.url())
  await page.goto(pathname.replace("/c/", "/admin/conversations/"))
  await page.getByRole("link", { name: "Inspect this turn" }).click()
  const events = page.getByRole("list", { name: "Journal events" })
  const calls = events.getByRole("link").filter({ hasText: "tool_call" })
  await calls.nth(1).waitFor()
  expect(await calls.count()).toBe(2)
  await calls.first().click()
  const raw = page.getByRole("group", { name: / as JSON$/ })
  await raw
    .getByText(/2450 \* 0\.18/)
    .first()
    .waitFor()
  expect(page.url()).toMatch(/#\d+$/)
  const tools = page.getByRole("checkbox", { name: /^Tools/ })
  await tools.uncheck()
  await calls.first().waitFor({ state: "detached" })
  await tools.check()
  // Plays the replay: its beginning, its middle automatically, and its end.
  const position = page.getByRole("slider", { name: "Position in the turn" })
  const countAll = await events.getByRole("link").count()
  await position.focus()
  await page.keyboard.press("Home")
  await waitFor(async () => (await events.getByRole("link").count()) < countAll)
  await page.getByRole("radio", { name: "16×" }).check()
  await page.getByRole("button", { name: "Replay" }).click()
  await waitFor(async () => (await events.getByRole("link").count()) === countAll)
}

test("an administrator creates an agent, gives it tools, and reads the usage of its turns", async () => {
  const { page } = e2e.visited
  await makeAgent(page)
  await readUsage(page)
  // The browser logs responses the form was refused with.
  expect(e2e.visited.faults.filter((fault) => !fault.includes("422"))).toEqual([])
})

/** Creates an agent that is recognisable by the tools in the model request. */
async function makeAgent(page: Page): Promise<void> {
  await page.goto("/admin/agents")
  await page.getByRole("button", { name: "New agent" }).click()
  const form = page.getByRole("dialog", { name: "New agent" })
  await form.getByLabel("Name", { exact: true }).fill("Ledger")
  await form.getByLabel("Short name").fill("assistant")
  await form.getByLabel("Instructions").fill("You keep the ledger.")
  await form.getByRole("checkbox", { name: /^All/ }).uncheck()
  await form.getByRole("checkbox", { name: "calculate" }).check()
  await form.getByRole("button", { name: "Create agent" }).click()
  // Rejected values stay in the form, with the error beside their field.
  await waitFor(() =>
    form
      .getByLabel("Short name")
      .evaluate((field) => field.getAttribute("aria-invalid") === "true"),
  )
  await form.getByLabel("Short name").fill("ledger")
  await form.getByRole("button", { name: "Create agent" }).click()
  await page.getByRole("button", { name: "Edit Ledger" }).click()
  const edited = page.getByRole("dialog", { name: "Ledger" })
  expect(await edited.getByLabel("Instructions").inputValue()).toBe("You keep the ledger.")
  await edited.getByLabel("Description").fill("Knows the books")
  await edited.getByRole("button", { name: "Save" }).click()
  await page.getByRole("row").filter({ hasText: "ledger · Knows the books" }).waitFor()

  await page.goto("/")
  await page.getByRole("group", { name: "Agent" }).getByText("Knows the books").click()
  await page.getByRole("textbox", { name: "Message Ledger" }).fill("Who are you?")
  await page.keyboard.press("Enter")
  await thread(page).getByRole("article", { name: "Ledger" }).getByText("You said").waitFor()
  const { messages, tools } = e2e.studio.model.requests.at(-1) ?? { messages: [] }
  expect(JSON.stringify(messages[0])).toContain("You keep the ledger.")
  expect(JSON.stringify(tools)).toContain('"calculate"')
  expect(tools).toHaveLength(1)
}

/** Usage is counted within a second after a turn ends. */
async function readUsage(page: Page): Promise<void> {
  const rowOf = (caption: string, name: string | RegExp) =>
    page.getByRole("region", { name: caption, exact: true }).getByRole("row", { name })
  await waitFor(
    async () => {
      await page.goto("/admin/usage")
      return (await rowOf("Usage by agent", /^Ledger 1 0 /).count()) === 1
    },
    { timeoutMs: 20_000, everyMs: 300 },
  )
  await rowOf("Usage by agent", /^Assistant 1 0 /).waitFor()
  await rowOf("Usage by person", /^Mira 2 0 /).waitFor()
  await page.getByRole("img", { name: /^Turns by day, highest .*2 / }).waitFor()
}

test("a running tool shows a ring and its elapsed time, and is marked as stopped after Stop", async () => {
  e2e.studio.answers["[visit]"] = () => [
    callTools({ name: "count_visit", args: { note: "a long one", delay_ms: 60_000 } }),
  ]
  const { page } = e2e.visited
  await startChat(page, "Pay a visit [visit]")
  const step = thread(page).getByRole("list", { name: "Steps" }).getByRole("listitem")
  await step.getByText("Running:").waitFor()
  await step.locator("svg.animate-ring").waitFor()
  // The page may have to read the start time from the journal.
  await waitFor(async () =>
    /count_visit\s*Count one visit: a long one\s*\d+\.\d s/.test(await step.innerText()),
  )
  const before = await step.innerText()
  await waitFor(async () => (await step.innerText()) !== before)
  await page.keyboard.press("Escape")
  await step.getByText("Stopped:").waitFor()
  expect(await step.locator("svg.animate-ring").count()).toBe(0)
  await waitFor(async () => {
    const stopped = await step.innerText()
    await page.waitForTimeout(400)
    return (await step.innerText()) === stopped
  })
})

import { expect, test } from "vitest"

import { callTools, say, type ModelAction } from "../tests/support/model-script.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { begin, callFrom } from "./support/call-from.ts"
import { composer, waitForAnswer, startChat, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio()

test("the palette finds a word inside a long answer and scrolls to it", async () => {
  const filler = (word: string) => Array.from({ length: 40 }, () => `${word} and on.`).join("\n\n")
  e2e.studio.answers["[steps]"] = function* (): Iterable<ModelAction> {
    const hasCalled = e2e.studio.model.requests.at(-1)?.messages.at(-1)?.role === "tool"
    if (hasCalled) yield say(filler("Afterwards"))
    else {
      yield say(`${filler("Before")}\n\nHere stands the okapi.\n\n${filler("Later")}`)
      yield callTools({ name: "calculate", args: { expression: "1 + 1" } })
    }
  }
  const { page } = e2e.visited
  await startChat(page, "At length [steps]")
  await waitForAnswer(page)
  const hit = thread(page).getByText("Here stands the okapi.")
  const isSeen = async () => {
    const { y } = (await hit.boundingBox()) ?? { y: -1 }
    return y > 40 && y < 600
  }
  expect(await isSeen()).toBe(false)
  await waitFor(
    async () => {
      const { hits } = await callFrom<{ hits: object[] }>(page, "GET", "/v1/api/search?q=okapi")
      return hits.length > 0
    },
    { timeoutMs: 20_000, everyMs: 200 },
  )
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox").fill("okapi")
  await page.getByRole("option").filter({ hasText: "stands the okapi" }).waitFor()
  await page.keyboard.press("Enter")
  await waitFor(isSeen, { timeoutMs: 10_000 })
  const path = new URL(page.url()).pathname.replace("/c/", "/v1/api/conversations/")
  await callFrom(page, "PATCH", path, { title: "Animals of the forest" })
  await page.keyboard.press("Control+k")
  await page.getByRole("combobox").fill("forest")
  await page.getByRole("group", { name: "In titles" }).getByText("Animals of the forest").waitFor()
  expect(e2e.visited.faults).toEqual([])
})

test("a failed search shows an error, and Enter retries", async () => {
  const { page, faults } = e2e.visited
  await page.goto("/")
  await composer(page).waitFor()
  await begin(page, "Entry")
  await waitFor(async () => {
    // Titles are searchable at once, texts once their turn is settled.
    const path = "/v1/api/search?q=Entry&in=messages"
    return (await callFrom<{ hits: object[] }>(page, "GET", path)).hits.length > 0
  })
  let isBroken = Promise.resolve(true)
  await page.route("**/v1/api/search?**", async (route) =>
    (await isBroken) ? await route.abort() : await route.continue(),
  )
  await page.keyboard.press("Control+k")
  const palette = page.getByRole("dialog", { name: "Search and commands" })
  await palette.getByRole("combobox").fill("Ent")
  const fault = palette.getByRole("alert").getByText("Search failed. Try again")
  await fault.waitFor()
  // A new query has not failed yet.
  const later = Promise.withResolvers<boolean>()
  isBroken = later.promise
  await palette.getByRole("combobox").fill("Entry")
  await palette.getByRole("status").getByText("Searching…").waitFor()
  expect(await fault.count()).toBe(0)
  later.resolve(true)
  await fault.waitFor()
  isBroken = Promise.resolve(false)
  await page.keyboard.press("Enter")
  await palette.getByRole("group", { name: "In messages" }).getByText("Entry").first().waitFor()
  // Enter on the retry button activates the button, regardless of the selected hit.
  const path = new URL(page.url()).pathname
  await page.keyboard.press("Tab")
  await page.keyboard.press("Enter")
  await palette.waitFor({ state: "detached" })
  expect(new URL(page.url()).pathname).toBe(path)
  // The browser logs failed requests to its console.
  faults.splice(0)
})

import { describe, expect, test } from "vitest"

import { say, wait, type ModelAction } from "../tests/support/model-script.ts"
import { waitFor } from "../tests/support/wait-for.ts"
import { openPage, type Visit } from "./support/browser.ts"
import { composer, waitForTurnEnd, send, shownText, startChat, thread } from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const words = Array.from({ length: 60 }, (_, index) => `word${index + 1}`)
const whole = words.join(" ")

/**
 * An answer of about four seconds that withholds its last word until the test has seen the others.
 */
function* pacedUntil(isSeen: Promise<unknown>): Iterable<ModelAction> {
  for (const [index, word] of words.entries()) {
    if (index === words.length - 1) yield wait(isSeen)
    yield say(index === 0 ? word : ` ${word}`)
    yield wait(65)
  }
}

/** An answer that lasts as long as a test needs, on any machine. */
function* heldUntil(until: Promise<unknown>): Iterable<ModelAction> {
  yield say("Taking my time.")
  yield wait(until)
}

// Serves pages and endpoints from Next alone, as in a deployment without the Node front.
const e2e = useStudio({}, { environment: { STUDIO_MOUNT: "next" } })

/** Returns the text once it exceeds that length. */
async function textBeyond(page: Visit["page"], length: number): Promise<string> {
  return await waitFor(
    async () => {
      const text = await shownText(page)
      return text.length > length && text
    },
    { timeoutMs: 15_000 },
  )
}

describe("a conversation", () => {
  test("an answer streams in, each observed text a longer prefix of the whole", async () => {
    const isSeen = Promise.withResolvers<void>()
    e2e.studio.answers["[paced]"] = () => pacedUntil(isSeen.promise)
    const { page, faults } = e2e.visited
    const health = await fetch(`${e2e.studio.url}/healthz`)
    expect(await health.json()).toMatchObject({ mount: "next" })
    await startChat(page, "Count for me [paced]")
    const first = await textBeyond(page, 0)
    const second = await textBeyond(page, first.length + 40)
    const third = await textBeyond(page, second.length + 40)
    expect(third.length).toBeLessThan(whole.length)
    isSeen.resolve()
    for (const text of [first, second, third]) expect(whole.startsWith(text)).toBe(true)
    expect(await thread(page).getAttribute("aria-live")).toBe("off")
    await page.getByText("Generating").waitFor({ state: "attached" })
    await page.getByText("Response complete").waitFor({ state: "attached" })
    expect(await shownText(page)).toBe(whole)
    // The title arrived without a reload, in the list and above the thread.
    await page.getByRole("navigation").getByText("Count for me").waitFor()
    expect(faults).toEqual([])
  })

  test("a chunk that fails to load breaks nothing else, and loads on the next demand", async () => {
    const { page, faults } = e2e.visited
    await startChat(page, "Before the new version")
    await waitForTurnEnd(page)
    await page.reload({ waitUntil: "commit" })
    await composer(page).waitFor()
    // From here on no chunk loads, as when offline or after a deploy that removed the old ones.
    await page.route("**/_next/static/**", (route) => route.abort())
    await composer(page).fill("Written before")
    const menu = page.getByRole("button", { name: "Conversation menu", exact: true })
    await menu.click()
    await page.keyboard.press("Control+k")
    await page.getByLabel("Files to attach").setInputFiles({
      name: "notes.md",
      mimeType: "text/markdown",
      buffer: Buffer.from("# Notes"),
    })
    await page.waitForTimeout(500)
    expect(await page.getByRole("dialog").count()).toBe(0)
    expect(await page.getByText("This page didn’t load").count()).toBe(0)
    expect(await composer(page).inputValue()).toBe("Written before")
    await page.unroute("**/_next/static/**")
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Control+k")
    await page.getByRole("dialog", { name: "Search and commands" }).waitFor()
    await page.keyboard.press("Escape")
    await composer(page).press("Enter")
    await thread(page).getByText("Written before", { exact: true }).waitFor()
    await thread(page)
      .getByRole("link", { name: /notes\.md/ })
      .waitFor()
    // The browser logs failed requests to its console.
    faults.splice(0)
  })

  test("a reload during an answer resumes to the same text", async () => {
    const isSeen = Promise.withResolvers<void>()
    e2e.studio.answers["[reload]"] = () => pacedUntil(isSeen.promise)
    const { page } = e2e.visited
    await startChat(page, "Again [reload]")
    const before = await textBeyond(page, 60)
    await page.reload()
    const after = await textBeyond(page, 0)
    expect(after.length).toBeGreaterThanOrEqual(before.length)
    expect(after.length).toBeLessThan(whole.length)
    isSeen.resolve()
    await waitForTurnEnd(page)
    expect(await shownText(page)).toBe(whole)
    await page.reload()
    expect(await textBeyond(page, 0)).toBe(whole)
  })

  test("a second tab follows the same turn live and shows the same text", async () => {
    const isSeen = Promise.withResolvers<void>()
    e2e.studio.answers["[tabs]"] = () => pacedUntil(isSeen.promise)
    const { page, context, faults } = e2e.visited
    await startChat(page, "For two [tabs]")
    await textBeyond(page, 20)
    const second = await openPage(context, faults)
    await second.goto(page.url())
    const early = await textBeyond(second, 0)
    expect(early.length).toBeLessThan(whole.length)
    isSeen.resolve()
    await Promise.all([waitForTurnEnd(page), waitForTurnEnd(second)])
    expect(await shownText(second)).toBe(whole)
    expect(await shownText(page)).toBe(whole)
    // A message sent in one tab appears in the other.
    await send(second, "And now?")
    await thread(page).getByText("You said: And now?").waitFor()
  })

  test("after going offline and back the stream resumes with the same text", async () => {
    const isSeen = Promise.withResolvers<void>()
    e2e.studio.answers["[offline]"] = () => pacedUntil(isSeen.promise)
    const { page, context } = e2e.visited
    await startChat(page, "Through a tunnel [offline]")
    const before = await textBeyond(page, 40)
    const cutAt = performance.now()
    await context.setOffline(true)
    await page.getByText("Reconnecting…").waitFor()
    expect(performance.now() - cutAt).toBeGreaterThan(1_000)
    await context.setOffline(false)
    const after = await textBeyond(page, before.length)
    expect(whole.startsWith(after)).toBe(true)
    isSeen.resolve()
    await waitForTurnEnd(page)
    expect(await shownText(page)).toBe(whole)
    await page.getByText("Reconnecting…").waitFor({ state: "detached" })
  })

  test("a message written offline is sent once, after reconnecting", async () => {
    const { page, context } = e2e.visited
    await startChat(page, "First")
    await waitForTurnEnd(page)
    await context.setOffline(true)
    await send(page, "Second, from the tunnel")
    await page.getByText("Not sent yet, trying again").waitFor()
    await context.setOffline(false)
    await thread(page).getByText("You said: Second, from the tunnel").waitFor({ timeout: 30_000 })
    expect(await thread(page).getByText("Second, from the tunnel", { exact: true }).count()).toBe(1)
  })

  test("Stop keeps the text and adds nothing to it", async () => {
    e2e.studio.answers["[stop]"] = function* (): Iterable<ModelAction> {
      yield say(words.slice(0, 20).join(" "))
      yield wait(new Promise(() => {}))
    }
    const { page } = e2e.visited
    await startChat(page, "Stop me [stop]")
    await textBeyond(page, 30)
    await page.getByRole("button", { name: /^Stop / }).click()
    await page.getByText("You stopped this answer.").waitFor()
    const kept = await shownText(page)
    expect(kept.length).toBeGreaterThan(30)
    expect(whole.startsWith(kept)).toBe(true)
    expect(kept.length).toBeLessThan(whole.length)
    await waitFor(() => e2e.studio.model.openConnections() === 0)
    await page.reload()
    expect(await textBeyond(page, 0)).toBe(kept)
    await page.getByRole("button", { name: "Continue" }).waitFor()
  })

  test("Esc stops the turn, and the next queued message runs", async () => {
    e2e.studio.answers["[esc]"] = () => heldUntil(new Promise(() => {}))
    const { page } = e2e.visited
    await startChat(page, "One [esc]")
    await textBeyond(page, 10)
    await send(page, "Two")
    await page.getByRole("list", { name: "Queued messages" }).getByText("Two").waitFor()
    await page.keyboard.press("Escape")
    await page.getByText("You stopped this answer.").waitFor()
    await thread(page).getByText("You said: Two").waitFor()
    expect(await thread(page).getByRole("article", { name: "Assistant" }).count()).toBe(2)
  })

  test("queued messages can be edited and deleted before their turn starts", async () => {
    const edited = Promise.withResolvers<void>()
    e2e.studio.answers["[queue]"] = () => heldUntil(edited.promise)
    const { page } = e2e.visited
    await startChat(page, "Take your time [queue]")
    await textBeyond(page, 5)
    const queue = page.getByRole("list", { name: "Queued messages" })
    await send(page, "Second quesstion")
    await send(page, "Third question")
    await queue.getByText("Third question").waitFor()
    await queue
      .getByRole("listitem")
      .filter({ hasText: "Third question" })
      .getByRole("button", { name: "Delete queued message" })
      .click()
    await queue.getByText("Third question").waitFor({ state: "detached" })
    await queue.getByRole("button", { name: "Edit queued message" }).click()
    await queue.waitFor({ state: "detached" })
    await waitFor(async () => (await composer(page).inputValue()) === "Second quesstion")
    await send(page, "Second question")
    edited.resolve()
    await thread(page).getByText("You said: Second question").waitFor({ timeout: 20_000 })
    expect(await thread(page).innerText()).not.toContain("Third question")
    expect(await thread(page).innerText()).not.toContain("quesstion")
  })

  test("a failure shows its cause, keeps the text and can be retried", async () => {
    let tries = 0
    e2e.studio.answers["[fail]"] = function* () {
      tries += 1
      yield say(tries === 1 ? "So far so good" : "Better now")
      // The driver does not retry once text was shown.
      yield wait(300)
      if (tries === 1) yield { type: "cut" }
    }
    const { page } = e2e.visited
    await startChat(page, "Fail once [fail]")
    const alert = thread(page).getByRole("alert")
    await alert.waitFor()
    expect(await shownText(page)).toBe("So far so good")
    expect(await page.getByText("Response complete").count()).toBe(0)
    await alert.getByRole("button", { name: "Retry" }).click()
    await thread(page).getByText("Better now").waitFor()
    expect(tries).toBe(2)
  })

  test("a draft survives a reload and is cleared after sending", async () => {
    const { page } = e2e.visited
    await startChat(page, "Hello")
    await waitForTurnEnd(page)
    await composer(page).fill("not finished yet")
    await page.reload()
    const hasDraft = async () => (await composer(page).inputValue()) === "not finished yet"
    await waitFor(hasDraft)
    await page.goto("/")
    await composer(page).waitFor()
    expect(await composer(page).inputValue()).toBe("")
    await page.goBack()
    await waitFor(hasDraft)
    await send(page, "finished")
    await thread(page).getByText("You said: finished").waitFor()
    await page.reload()
    await thread(page).getByText("You said: finished").waitFor()
    expect(await composer(page).inputValue()).toBe("")
  })

  test("an attachment is sent with its message and can be downloaded", async () => {
    const { page } = e2e.visited
    await page.goto("/")
    await composer(page).waitFor()
    const choosing = page.waitForEvent("filechooser")
    await page.getByRole("button", { name: /^Attach files/ }).click()
    await (
      await choosing
    ).setFiles({
      name: "notes.md",
      mimeType: "text/markdown",
      buffer: Buffer.from("# Notes\n\nThe answer is 42.\n"),
    })
    const chip = page.getByRole("list", { name: "Files to send" }).getByRole("listitem")
    await chip.getByText("notes.md").waitFor()
    await chip.getByText("27 B", { exact: true }).waitFor()
    await send(page, "Read this")
    await page.waitForURL("**/c/*")
    const file = thread(page).getByRole("link", { name: /notes\.md/ })
    const [download] = await Promise.all([page.waitForEvent("download"), file.click()])
    expect(download.suggestedFilename()).toBe("notes.md")
  })
})

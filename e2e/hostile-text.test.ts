import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { hostileTexts } from "../tests/support/hostile-text.ts"
import { callTools, say, type ModelAction } from "../tests/support/model-server.ts"
import { openBrowser, visit } from "./support/browser.ts"
import {
  composer,
  newestAnswer,
  send,
  setUp,
  startStudio,
  thread,
  type E2eStudio,
} from "./support/studio.ts"

let studio: E2eStudio
let browser: Browser
let sink: Server
const sinkHits: string[] = []

beforeAll(async () => {
  sink = createServer((request, response) => {
    sinkHits.push(request.url ?? "")
    response.end()
  })
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve))
  studio = await startStudio()
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await studio?.stop()
  sink?.close()
}, 60_000)

test("hostile text runs and asks for nothing: as message, answer, tool result, title, file name", async () => {
  const { port } = sink.address() as AddressInfo
  const texts = hostileTexts(`http://127.0.0.1:${port}`)
  const all = texts.join("\n\n")
  studio.answers["[hostile]"] = function* (): Iterable<ModelAction> {
    const hasRead = studio.model.requests.at(-1)?.messages.at(-1)?.role === "tool"
    if (!hasRead) yield callTools({ name: "read_attachment", args: { page: 1 } })
    else for (const piece of cutAnywhere(all)) yield say(piece)
  }
  const { page, context, faults } = await visit(browser, studio.url)
  await setUp(page)
  const surprises = watch(page, studio.url)
  const name = "<img src=x onerror=alert(1)>.md"
  await page.getByLabel("Files to attach").setInputFiles({
    name,
    mimeType: "text/markdown",
    buffer: Buffer.from(all),
  })
  await page.getByRole("list", { name: "Files to send" }).getByText(name).waitFor()
  await send(page, `[hostile] ${all}`)
  await page.waitForURL("**/c/*")
  await newestAnswer(page).getByRole("button", { name: "Copy as markdown" }).waitFor()
  await page.evaluate(renameMe)
  await page.evaluate(rename, new URL(page.url()).pathname.slice(3))
  await settle(page)
  await newestAnswer(page).getByRole("list", { name: "Steps" }).locator("summary").click()
  await settle(page)
  const live = await foreignParts(page)
  // Once more as the server's own page, with all of it in the data the page carries.
  await page.reload()
  await composer(page).waitFor()
  await settle(page)
  expect(await page.title()).toContain("<svg onload")
  expect({ live, reloaded: await foreignParts(page) }).toEqual({ live: [], reloaded: [] })
  expect(await page.evaluate("window.studioChecks")).toMatchObject({ healed: 0, unhealed: 0 })
  // And as whoever administers meets it: titles, names, texts, records.
  const id = new URL(page.url()).pathname.slice(3)
  for (const path of ["conversations", `conversations/${id}`, "people", "audit", "usage"]) {
    await page.goto(`/admin/${path}`)
    await page.getByRole("button", { name: /<b onclick/ }).waitFor()
    const found = await page.locator("body *").evaluateAll(strangers)
    expect({ path, found }).toEqual({ path, found: [] })
  }
  expect(surprises).toEqual([])
  expect(sinkHits).toEqual([])
  expect(faults).toEqual([])
  await context.close()
}, 150_000)

/** A title, too, may be anything. */
async function rename(id: string): Promise<void> {
  await fetch(`/v1/api/conversations/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "<svg onload=alert(1)></title><script>alert(1)</script>" }),
  })
}

/** So may a person's name. */
async function renameMe(): Promise<void> {
  await fetch("/v1/api/me", {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "<b onclick=alert(1)><img src=x onerror=alert(1)>\u202E" }),
  })
}

/** Elements that only hostile text would have made. */
function strangers(elements: Element[]): string[] {
  return elements
    .filter(
      (element) =>
        /^(IFRAME|OBJECT|EMBED|BASE|MARQUEE|X-CUSTOM|TEMPLATE)$/.test(element.tagName) ||
        [...element.attributes].some(({ name }) => /^on|^srcdoc$/.test(name)) ||
        element.getAttribute("src") === "x",
    )
    .map((element) => element.outerHTML.slice(0, 200))
}

/** In pieces of 1 to 9 characters, the same in every run. */
function* cutAnywhere(text: string): Iterable<string> {
  let seed = 7
  for (let at = 0; at < text.length;) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    const end = at + 1 + (seed % 9)
    yield text.slice(at, end)
    at = end
  }
}

/** What no page of ours does by itself. */
function watch(page: Page, own: string): string[] {
  const surprises: string[] = []
  const known = /^\/(?:_next\/static\/|v1\/api\/|c\/|admin\/|api\/auth\/|icon\.svg|$|\?_rsc)/
  page.on("dialog", (dialog) => {
    surprises.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on("popup", () => surprises.push("popup"))
  page.on("request", (request) => {
    const url = new URL(request.url())
    if (url.protocol === "data:" || url.protocol === "blob:") return
    if (url.origin !== own || !known.test(url.pathname + url.search)) surprises.push(request.url())
  })
  return surprises
}

/** Formulas and diagrams are made after their code has come. */
async function settle(page: Page): Promise<void> {
  await thread(page).locator(".katex, .math-source[title]").first().waitFor({ state: "attached" })
  // The network is never idle while a stream is open: this is what a page fetches last.
  await page.waitForFunction(() => performance.getEntriesByName("met-later").length > 0)
}

/** Elements and attributes in the thread that no component of ours makes. */
async function foreignParts(page: Page): Promise<string[]> {
  return await thread(page).evaluate((log) => {
    const elements = new Set(
      (
        "DIV P H2 H3 H4 H5 H6 BLOCKQUOTE HR UL OL LI TABLE THEAD TBODY TR TH TD SECTION ARTICLE PRE CODE " +
        "STRONG EM DEL BR A IMG INPUT SPAN FIGURE FIGCAPTION BUTTON TIME I OUTPUT DETAILS SUMMARY SUP"
      ).split(" "),
    )
    const drawn = "svg, .katex"
    const found: string[] = []
    for (const element of log.querySelectorAll("*")) {
      if (element.closest(drawn) === null && !elements.has(element.tagName))
        found.push(element.tagName)
      for (const { name, value } of element.attributes) {
        const isAddress = name === "href" || name === "src"
        const isOwn = /^(https?:|mailto:|blob:|data:image\/(png|jpeg)|\/v1\/api\/)/.test(value)
        if (/^on|^(srcdoc|srcset|action|formaction|ping|background|autofocus)$/.test(name))
          found.push(name)
        if (isAddress && !isOwn) found.push(`${name}=${value}`)
        if (name === "src" && value.startsWith("http")) found.push(value)
      }
    }
    return found
  })
}

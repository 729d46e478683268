import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"

import type { Page } from "playwright-core"
import { afterAll, beforeAll, expect, test } from "vitest"

import { hostileTexts } from "../tests/support/hostile-text.ts"
import { callTools, say, wait, type ModelAction } from "../tests/support/model-script.ts"
import {
  clipboard,
  composer,
  waitForStreamedParts,
  waitForAnswer,
  waitForLazyParts,
  newestAnswer,
  send,
  shownText,
  startChat,
  thread,
} from "./support/studio.ts"
import { useStudio } from "./support/use-studio.ts"

const e2e = useStudio({ permissions: ["clipboard-read", "clipboard-write"] })
let sink: Server
const sinkHits: string[] = []

beforeAll(async () => {
  sink = createServer((request, response) => {
    sinkHits.push(request.url ?? "")
    response.end()
  })
  await new Promise<void>((resolve) => sink.listen(0, "127.0.0.1", resolve))
})
afterAll(() => sink?.close())

test("hostile text neither runs nor loads anything: as message, answer, tool result, title, file name", async () => {
  const { port } = sink.address() as AddressInfo
  const texts = hostileTexts(`http://127.0.0.1:${port}`)
  const all = texts.join("\n\n")
  const { studio } = e2e
  studio.answers["[hostile]"] = function* (): Iterable<ModelAction> {
    const hasRead = studio.model.requests.at(-1)?.messages.at(-1)?.role === "tool"
    if (!hasRead) yield callTools({ name: "read_attachment", args: { page: 1 } })
    else for (const piece of cutAnywhere(all)) yield say(piece)
  }
  const { page, faults } = e2e.visited
  await page.goto("/")
  const surprises = watchForSurprises(page, studio.url)
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
  // Again with server-side rendering, where the page embeds all of it as data.
  await page.reload()
  await composer(page).waitFor()
  await settle(page)
  expect(await page.title()).toContain("<svg onload")
  expect({ live, reloaded: await foreignParts(page) }).toEqual({ live: [], reloaded: [] })
  expect(await page.evaluate("window.studioChecks")).toMatchObject({ healed: 0, unhealed: 0 })
  // Also in the administrator's pages: titles, names, texts, records.
  const id = new URL(page.url()).pathname.slice(3)
  for (const path of ["conversations", `conversations/${id}`, "people", "audit", "usage"]) {
    await page.goto(`/admin/${path}`)
    await page.getByRole("button", { name: /<b onclick/ }).waitFor()
    await waitForStreamedParts(page)
    const found = await page.locator("body *").evaluateAll(hostileElements)
    expect({ path, found }).toEqual({ path, found: [] })
  }
  expect(surprises).toEqual([])
  expect(sinkHits).toEqual([])
  expect(faults).toEqual([])
}, 150_000)

test("HTML and remote images in an answer stay inert", async () => {
  e2e.studio.answers["[html]"] = () => [
    say('<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> '),
    say(
      "![pixel](https://tracker.example/p.png) [link](javascript:alert(1)) [ok](https://example.com/a)",
    ),
  ]
  const { page } = e2e.visited
  const foreign: string[] = []
  page.on("request", (request) => {
    if (!request.url().startsWith(e2e.studio.url)) foreign.push(request.url())
  })
  await startChat(page, "Show me [html]")
  await waitForAnswer(page)
  expect(await page.evaluate("window.hacked")).toBeUndefined()
  expect(await shownText(page)).toContain("<script>")
  await page.getByRole("link", { name: "pixel opens tracker.example" }).waitFor()
  expect(await newestAnswer(page).getByRole("link").count()).toBe(2)
  expect(foreign).toEqual([])
})

test("tables, code, formulas and diagrams are rendered once their block is complete", async () => {
  const closed = Promise.withResolvers<void>()
  e2e.studio.answers["[rich]"] = function* (): Iterable<ModelAction> {
    yield say("| Fruit | Price |\n|:--|--:|\n| Fig | 3 |\n\n```sql\nselect 'figs'")
    yield wait(closed.promise)
    yield say("\n```\n\n$$\ne = m c^2\n$$\n\n```mermaid\ngraph TD; A-->B\n```\n")
  }
  const { page, faults } = e2e.visited
  await startChat(page, "Draw it [rich]")
  const answer = newestAnswer(page)
  await answer.getByRole("cell", { name: "Fig" }).waitFor()
  const code = answer.getByRole("figure").filter({ hasText: "SQL" })
  await code.getByText("select").waitFor()
  expect(await code.locator("[class*=hljs]").count()).toBe(0)
  const { width, height } = (await code.boundingBox()) ?? { width: 0, height: 0 }
  // The width of the reading column.
  expect(width).toBe(736)
  expect(await answer.locator(".prose").evaluate((text) => getComputedStyle(text).fontSize)).toBe(
    "16px",
  )
  closed.resolve()
  await code.locator(".hljs-keyword").getByText("select").waitFor()
  expect((await code.boundingBox())?.height).toBe(height)
  await answer.locator(".katex-display").waitFor()
  await answer.getByRole("img", { name: /^Diagram drawn from/ }).waitFor()
  await code.getByRole("button", { name: "Copy code" }).click()
  await code.getByRole("button", { name: "Copied" }).waitFor()
  expect(await clipboard(page)).toBe("select 'figs'")
  const isWrapped = () =>
    code.locator("pre").evaluate((pre) => getComputedStyle(pre).whiteSpace === "pre-wrap")
  expect(await isWrapped()).toBe(false)
  await code.getByRole("button", { name: "Wrap lines" }).click()
  expect(await isWrapped()).toBe(true)
  expect(faults).toEqual([])
})

/** Titles are arbitrary text, too. */
async function rename(id: string): Promise<void> {
  await fetch(`/v1/api/conversations/${id}`, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title: "<svg onload=alert(1)></title><script>alert(1)</script>" }),
  })
}

/** So are names of people. */
async function renameMe(): Promise<void> {
  await fetch("/v1/api/me", {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "<b onclick=alert(1)><img src=x onerror=alert(1)>\u202E" }),
  })
}

/** Elements that only unescaped hostile text could create. */
function hostileElements(elements: Element[]): string[] {
  return elements
    .filter(
      (element) =>
        /^(IFRAME|OBJECT|EMBED|BASE|MARQUEE|X-CUSTOM|TEMPLATE)$/.test(element.tagName) ||
        [...element.attributes].some(({ name }) => /^on|^srcdoc$/.test(name)) ||
        element.getAttribute("src") === "x",
    )
    .map((element) => element.outerHTML.slice(0, 200))
}

/** In pieces of 1 to 9 characters, identical in every run. */
function* cutAnywhere(text: string): Iterable<string> {
  let seed = 7
  for (let at = 0; at < text.length;) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    const end = at + 1 + (seed % 9)
    yield text.slice(at, end)
    at = end
  }
}

/** Records dialogs, popups and unexpected requests of the page. */
function watchForSurprises(page: Page, own: string): string[] {
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

/** Formulas and diagrams render after their code has loaded. */
async function settle(page: Page): Promise<void> {
  await thread(page).locator(".katex, .math-source[title]").first().waitFor({ state: "attached" })
  // An open stream never lets the network become idle, so wait for the last lazy chunks.
  await waitForLazyParts(page)
}

/** Elements and attributes in the thread that no component creates. */
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

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"
import { afterEach } from "vitest"

/** Where Debian puts it. */
const executablePath = "/usr/bin/chromium"
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({ executablePath, args: [...quiet, ...args] })
}

/** What pages did against their policy, whoever opened them. */
const violations: string[] = []
afterEach(() => {
  const seen = violations.splice(0)
  if (seen.length > 0) throw new Error(`against the policy of the page:\n${seen.join("\n")}`)
})

export interface Visit {
  context: BrowserContext
  page: Page
  /** What went wrong in the page: errors of scripts, and what it wrote to its console as one. */
  faults: string[]
}

/** A fresh profile with one page. */
export async function visit(
  browser: Browser,
  baseURL: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 800 },
    // What moves for ever is drawn without a graphics card here, and takes half a processor.
    reducedMotion: "reduce",
    ...options,
  })
  context.setDefaultTimeout(30_000)
  const faults: string[] = []
  context.on("weberror", (error) => faults.push(error.error().message))
  const page = await openPage(context, faults)
  return { context, page, faults }
}

export async function openPage(context: BrowserContext, faults: string[]): Promise<Page> {
  const page = await context.newPage()
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text())
    if (message.text().includes("Content Security Policy")) violations.push(message.text())
  })
  return page
}

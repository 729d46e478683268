import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"

/** Where Debian puts it. */
const executablePath = "/usr/bin/chromium"
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  // Draws in software, which needs no process of its own: a visit costs an eighth less.
  "--in-process-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** For pages that crash or hang, which would take with them whatever shares their renderer. */
export const ownRenderers = ["--renderer-process-limit=32"]

export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [...quiet, ...args],
    // People's browsers keep pages for the way back.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  })
}

/** What no page may do, whoever opened it: act against its policy, show what was not written. */
const violations: string[] = []

/** What was seen since the last call. */
export function takeViolations(): string[] {
  return violations.splice(0)
}

const healed = "An answer was shown other than it was written"

/** Runs in the page, before its scripts: reports what raises `window.studioChecks`. */
function reportHeals(message: string): void {
  let checks: unknown
  Object.defineProperty(window, "studioChecks", {
    get: () => checks,
    set(given: { healed: number; unhealed: number }) {
      if (given === checks) return
      checks = given
      for (const name of ["healed", "unhealed"] as const) {
        let count = given[name]
        Object.defineProperty(given, name, {
          enumerable: true,
          get: () => count,
          set(raised: number) {
            count = raised
            reportError(new Error(`${message}: ${location.href}`))
          },
        })
      }
    },
  })
}

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
  context.on("weberror", (error) => {
    const { message } = error.error()
    faults.push(message)
    if (message.includes(healed)) violations.push(message)
  })
  await context.addInitScript(reportHeals, healed)
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

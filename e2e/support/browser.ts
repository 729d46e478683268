import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core"

/** Path of Debian's package. */
const executablePath = "/usr/bin/chromium"
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  // Software rendering without a separate process: an eighth cheaper per visit.
  "--in-process-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

/** For pages that crash or hang, which would take down every page in the same renderer. */
export const ownRenderers = ["--renderer-process-limit=32"]

export async function openBrowser(args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [...quiet, ...args],
    // Regular browsers keep pages in the back/forward cache.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  })
}

/**
 * Violations recorded for any page: of its policy, or a rendered text that differs from the
 * journal.
 */
const violations: string[] = []

/** Returns the violations since the last call. */
export function takeViolations(): string[] {
  return violations.splice(0)
}

const healed = "An answer was shown other than it was written"

/** Runs before the page's scripts: reports increments of `window.studioChecks`. */
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
  /** The page's script errors and console errors. */
  faults: string[]
}

/** A fresh browser profile with one page. */
export async function visit(
  browser: Browser,
  baseURL: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL,
    viewport: { width: 1280, height: 800 },
    // Endless animations are rendered in software here and use half a core.
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

import { mkdirSync } from "node:fs"
import path from "node:path"

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core"

import { scenes, setupScene, type Scene } from "#e2e/support/scenes.ts"
import { noPlaces, setTheStage, type Places } from "#e2e/support/stage.ts"
import { startStudio } from "#e2e/support/studio.ts"
import { ensureBuild } from "#tests/support/build.ts"

const [folder = "screenshots", ...wanted] = process.argv.slice(2)

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } }
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
}
const looks: Record<string, BrowserContextOptions> = {
  light: { ...desktop, colorScheme: "light" },
  dark: { ...desktop, colorScheme: "dark" },
  "phone-light": { ...phone, colorScheme: "light" },
  "phone-dark": { ...phone, colorScheme: "dark" },
}

/** Takes screenshots of every page in every state: `npm run screenshots -- folder [scene…]`. */
async function takeScreenshots(): Promise<void> {
  await ensureBuild()
  mkdirSync(folder, { recursive: true })
  const studio = await startStudio({ isEmbedded: true })
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
  })
  try {
    await takeAll(browser, studio)
  } finally {
    await browser.close()
    await studio.stop()
  }
}

async function takeAll(
  browser: Browser,
  studio: Awaited<ReturnType<typeof startStudio>>,
): Promise<void> {
  const baseURL = studio.url
  for (const [look, options] of Object.entries(looks)) {
    const context = await browser.newContext({ baseURL, ...options })
    await take(await context.newPage(), setupScene, look, null)
    await context.close()
  }
  const owner = await browser.newContext({ baseURL, ...desktop })
  const guest = await browser.newContext({ baseURL, ...desktop })
  const places = await setTheStage(
    studio,
    await owner.newPage(),
    await guest.newPage(),
    new Promise(() => {}),
  )
  const storageState = await owner.storageState()
  for (const [look, options] of Object.entries(looks)) {
    const signedIn = await browser.newContext({ baseURL, storageState, ...options })
    const signedOut = await browser.newContext({ baseURL, ...options })
    const pages = { owner: await signedIn.newPage(), visitor: await signedOut.newPage() }
    for (const scene of scenes) await take(pages[scene.by], scene, look, places)
    await signedIn.close()
    await signedOut.close()
  }
}

async function take(page: Page, scene: Scene, look: string, places: Places | null): Promise<void> {
  if (wanted.length > 0 && !wanted.some((name) => scene.name.includes(name))) return
  page.setDefaultTimeout(20_000)
  await scene.show(page, places ?? noPlaces).catch((error: unknown) => {
    process.exitCode = 1
    console.error(`${scene.name} (${look}) is not what it should be.`, error)
  })
  await page.waitForTimeout(400)
  const file = path.join(folder, `${scene.name}-${look}.png`)
  await page.screenshot({ path: file })
  console.log(file)
}

await takeScreenshots()

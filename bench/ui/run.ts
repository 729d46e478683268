import { mkdtemp, rm } from "node:fs/promises"
import { cpus, loadavg, tmpdir } from "node:os"
import path from "node:path"
import { parseArgs } from "node:util"

import { chromium, type Browser, type Page } from "playwright-core"

import { closeDatabase, openDatabase, type Database } from "#db/client.ts"
import { ensureBuild } from "#tests/support/build.ts"
import { firstLoadScripts } from "#tests/support/first-load.ts"
import { startModelServer } from "#tests/support/model-server.ts"
import { startPostgres } from "#tests/support/private-postgres.ts"
import { startRedis } from "#tests/support/private-redis.ts"
import { startTestServer } from "#tests/support/server.ts"

import { answer, streamSeconds } from "./answer.ts"
import { composer, send, setUp, thread } from "./page.ts"
import { installProbe, type Probe } from "./probe-page.ts"
import { seedTurns } from "./seed-turns.ts"

const { values } = parseArgs({ options: { messages: { type: "string", default: "5000" } } })
/** Messages of the long conversation: half questions, half answers. */
const messages = Number(values.messages)
const keysPerSecond = 8

interface Row {
  measure: string
  value: number
  unit: string
  target?: number
}

const rows: Row[] = []
const add = (row: Row) => {
  rows.push(row)
  console.log(lineOf(row))
}

console.log(`load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors`)
await ensureBuild()
const folder = await mkdtemp(path.join(tmpdir(), "studio-bench-ui-"))
const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
const model = await startModelServer({ script: answer })
const server = await startTestServer({
  STUDIO_DATA_DIR: folder,
  DATABASE_URL: postgres.url,
  REDIS_URL: redis.url,
  STUDIO_MODEL: "openai-compatible/test",
  OPENAI_COMPATIBLE_BASE_URL: model.url,
})
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
})
const db = openDatabase({ url: postgres.url, connectionsMax: 1, name: "bench-ui" })
try {
  const page = await openPage(browser)
  await measureEmptyPage(browser)
  await setUp(page)
  await measureFirstAnswer(page)
  await measureFirstLoad(page)
  await measureLongConversation(page, db)
} finally {
  await closeDatabase(db)
  await browser.close()
  await server.kill("SIGTERM")
  await model.close()
  await Promise.all([postgres.stop(), redis.stop()])
  await rm(folder, { recursive: true, force: true })
}
console.log(
  `\n| measure | value | target | met |\n| --- | --- | --- | --- |\n${rows.map(tableLine).join("\n")}`,
)
console.log(`\nload ${loadavg()[0]?.toFixed(1)} on ${cpus().length} processors`)

async function openPage(target: Browser): Promise<Page> {
  const context = await target.newContext({
    baseURL: server.url,
    viewport: { width: 1280, height: 800 },
  })
  context.setDefaultTimeout(120_000)
  await context.addInitScript(installProbe)
  return await context.newPage()
}

/**
 * From opening the page to the first token of the first answer, for a user who types immediately.
 */
async function measureFirstAnswer(page: Page): Promise<void> {
  const startedAt = performance.now()
  await page.goto("/")
  await composer(page).waitFor()
  add({ measure: "page open to the composer", value: performance.now() - startedAt, unit: "ms" })
  await send(page, "Hello")
  await thread(page).getByText("First").waitFor()
  add({
    measure: "page open to the first token of the first answer",
    value: performance.now() - startedAt,
    unit: "ms",
  })
}

async function measureFirstLoad(page: Page): Promise<void> {
  const cookies = await page.context().cookies()
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ")
  const scripts = await firstLoadScripts(page.url(), cookie)
  const total = scripts.reduce((sum, script) => sum + script.gzipBytes, 0)
  add({
    measure: "first-load JavaScript of the chat page",
    value: total / 1_000,
    unit: "kB gzip",
    target: 180,
  })
  for (const { path: file, gzipBytes } of scripts.slice(0, 5)) {
    console.log(`  ${(gzipBytes / 1_000).toFixed(1)} kB ${file.split("?", 1)[0]}`)
  }
}

async function measureLongConversation(page: Page, database: Database): Promise<void> {
  await page.goto("/")
  await send(page, "The beginning")
  await page.waitForURL("**/c/*")
  await thread(page).getByText("First").waitFor()
  const { pathname } = new URL(page.url())
  await seedTurns(database, pathname.slice(3), messages / 2 - 1)
  await page.goto("/")
  const openedAt = performance.now()
  await page.goto(pathname)
  await composer(page).waitFor()
  add({
    measure: `a conversation of ${messages} messages, open to its newest`,
    value: performance.now() - openedAt,
    unit: "ms",
  })
  await loadAll(page)
  await thread(page).evaluate((log) => log.scrollTo({ top: 0 }))
  await stream(page)
  await type(page, streamSeconds - 1)
  report(await probeOf(page))
  await thread(page).getByRole("button", { name: "Copy as markdown" }).last().waitFor()
  await stream(page)
  await watchFrames(page)
  await page.waitForTimeout((streamSeconds - 1) * 1_000)
  const { framesMs } = await probeOf(page)
  add({ measure: "frame at 200 tokens/s, p95", value: quantile(framesMs, 0.95), unit: "ms" })
}

/**
 * Baseline key latency without the product: on an idle page, and on one that renders every frame.
 */
async function measureEmptyPage(target: Browser): Promise<void> {
  for (const draws of [false, true]) {
    const page = await openPage(target)
    await page.goto("data:text/html,<textarea></textarea>")
    await page.locator("textarea").focus()
    if (draws) await watchFrames(page)
    await type(page, streamSeconds - 1)
    reportKeys(await probeOf(page), draws ? "empty page that draws every frame" : "empty page")
    await page.close()
  }
}

function reportKeys({ keysMs, eventsMs }: Probe, where: string): void {
  const own = where === ""
  const name = own ? "key to paint" : `the same on an ${where}`
  add({ measure: `${name}, p50`, value: quantile(keysMs, 0.5), unit: "ms" })
  add({
    measure: `${name}, p95`,
    value: quantile(keysMs, 0.95),
    unit: "ms",
    ...(own && { target: 16 }),
  })
  add({
    measure: `${name}, p95 as the browser counts`,
    // The browser does not report events shorter than 16 ms.
    value: quantile([...keysMs.slice(eventsMs.length).fill(8), ...eventsMs], 0.95),
    unit: "ms",
    ...(own && { target: 16 }),
  })
}

async function watchFrames(page: Page): Promise<void> {
  await page.evaluate(() => (window as unknown as { probe: Probe }).probe.watchFrames())
}

async function type(page: Page, seconds: number): Promise<void> {
  for (let key = 0; key < keysPerSecond * seconds; key++) {
    await page.keyboard.press(key % 6 === 5 ? "Space" : "a")
    await page.waitForTimeout(1_000 / keysPerSecond)
  }
}

/** Starts a stream of 200 tokens per second. */
async function stream(page: Page): Promise<void> {
  await composer(page).fill("Write [long]")
  await page.waitForTimeout(2_000)
  await forget(page)
  // From here only key presses and one wait for a number: a locator walks thousands of messages.
  await page.keyboard.press("Enter")
  await page.waitForFunction(() => (window as { probe?: Probe }).probe?.firstPaintAt, null, {
    polling: 200,
  })
}

/** Scrolls up at wheel speed until the whole history is loaded. */
async function loadAll(page: Page): Promise<void> {
  const startedAt = performance.now()
  await thread(page).hover()
  await forget(page)
  await watchFrames(page)
  // Cheap to evaluate: a locator would walk every message each time and distort the measurement.
  const isAllLoaded = () => document.querySelector("[role=log] [data-older]") === null
  while (!(await page.evaluate(isAllLoaded))) {
    await page.mouse.wheel(0, -2_500)
    await page.waitForTimeout(30)
  }
  const probe = await probeOf(page)
  add({
    measure: "all of it loaded by scrolling up",
    value: performance.now() - startedAt,
    unit: "ms",
  })
  add({
    measure: "frame while scrolling through it, p95",
    value: quantile(probe.framesMs, 0.95),
    unit: "ms",
  })
  add({
    measure: "longest task while scrolling through it",
    value: Math.max(0, ...probe.longTasksMs),
    unit: "ms",
  })
}

function report(probe: Probe): void {
  const paint = (probe.firstPaintAt ?? Number.NaN) - (probe.firstDeltaAt ?? Number.NaN)
  add({ measure: "first delta painted after its bytes", value: paint, unit: "ms", target: 50 })
  add({
    measure: "longest task at 200 tokens/s",
    value: Math.max(0, ...probe.longTasksMs),
    unit: "ms",
    target: 50,
  })
  add({
    measure: "tasks over 50 ms at 200 tokens/s",
    value: probe.longTasksMs.length,
    unit: "",
    target: 0,
  })
  reportKeys(probe, "")
}

async function forget(page: Page): Promise<void> {
  await page.evaluate(() => {
    const probe: unknown = Reflect.get(window, "probe")
    Object.assign(probe as object, {
      longTasksMs: [],
      keysMs: [],
      eventsMs: [],
      watchesFrames: false,
      framesMs: [],
      firstDeltaAt: null,
      firstPaintAt: null,
    })
  })
}

async function probeOf(page: Page): Promise<Probe> {
  return await page.evaluate(() => Reflect.get(window, "probe") as Probe)
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function lineOf({ measure, value, unit, target }: Row): string {
  const wanted = target === undefined ? "" : ` (at most ${target})`
  return `${measure}: ${shown(value)} ${unit}${wanted}`
}

function tableLine({ measure, value, unit, target }: Row): string {
  const met = target === undefined ? "" : value <= target ? "yes" : "**no**"
  return `| ${measure} | ${shown(value)} ${unit} | ${target === undefined ? "" : `≤ ${target}`} | ${met} |`
}

function shown(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0)
}

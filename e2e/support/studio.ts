import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import type { BrowserContext, Page } from "playwright-core"

import type { Database } from "../../db/client.ts"
import { createTestDatabase } from "../../tests/support/database.ts"
import { lastUserText, type ModelAction } from "../../tests/support/model-script.ts"
import { startModelServer, type ModelServer } from "../../tests/support/model-server.ts"
import { testRedis } from "../../tests/support/redis.ts"
import { startTestServer, type TestServer } from "../../tests/support/server.ts"

export const owner = {
  name: "Mira",
  email: "mira@northwind.example",
  password: "a sentence works well",
}

/** The model's answer to a message that contains the marker. */
type Answers = Record<string, () => Iterable<ModelAction> | AsyncIterable<ModelAction>>

export interface E2eStudio {
  url: string
  model: ModelServer
  server: TestServer
  answers: Answers
  /** Direct access; null when the Studio runs its own database. */
  db: Database | null
  stop(): Promise<void>
}

interface StudioOptions {
  /**
   * Runs on an empty data folder with its own PostgreSQL and Redis, which take seconds to start;
   * otherwise on a database of its own in the shared services.
   */
  isEmbedded?: boolean
  environment?: Record<string, string>
}

/** Starts the product as delivered, on a new installation with a scripted model server. */
export async function startStudio(options: StudioOptions = {}): Promise<E2eStudio> {
  const place = options.isEmbedded === true ? await createFolder() : await createDatabase()
  const answers: Answers = {}
  const model = await startModelServer()
  model.script((_number, body) => {
    const asked = lastUserText(body)
    const marker = Object.keys(answers).find((name) => asked.includes(name))
    const answer = marker === undefined ? undefined : answers[marker]
    return answer === undefined ? [{ type: "text", text: `You said: ${asked}` }] : answer()
  })
  const server = await startTestServer({
    ...place.values,
    STUDIO_MODEL: "openai-compatible/test",
    OPENAI_COMPATIBLE_BASE_URL: model.url,
    ...options.environment,
  })
  return {
    url: server.url,
    model,
    server,
    answers,
    db: place.db,
    async stop() {
      await server.kill("SIGTERM")
      await model.close()
      await place.remove()
    },
  }
}

interface Place {
  values: Record<string, string>
  db: Database | null
  remove(): Promise<void>
}

async function createFolder(): Promise<Place> {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-e2e-"))
  return {
    values: { STUDIO_DATA_DIR: folder },
    db: null,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function createDatabase(): Promise<Place> {
  const database = await createTestDatabase()
  return {
    values: { DATABASE_URL: database.url, REDIS_URL: testRedis().url },
    db: database.db,
    remove: () => database.drop(),
  }
}

/** Creates and signs in the owner, as the first visit does. */
export async function createOwner(context: BrowserContext, url: string): Promise<void> {
  const answer = await context.request.post(`${url}/api/setup`, {
    data: owner,
    headers: { origin: url, "sec-fetch-site": "same-origin" },
    timeout: 60_000,
  })
  if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`)
}

/** Creates the owner and opens a new chat. */
export async function setUp(page: Page, studio: E2eStudio): Promise<void> {
  await createOwner(page.context(), studio.url)
  await page.goto("/")
  await composer(page).waitFor()
}

export function composer(page: Page) {
  return page.getByRole("textbox", { name: /^Message / })
}

export function thread(page: Page) {
  return page.getByRole("log")
}

/** The agent's newest answer, as text. */
export function newestAnswer(page: Page) {
  return thread(page).getByRole("article").last()
}

/** Starts a conversation with this message and waits for its page. */
export async function startChat(page: Page, text: string): Promise<void> {
  await page.goto("/")
  await send(page, text)
  await page.waitForURL("**/c/*")
}

export async function send(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await page.keyboard.press("Enter")
}

/** The visible text of the newest answer, without its surroundings. */
export async function shownText(page: Page): Promise<string> {
  const prose = newestAnswer(page).locator(".prose")
  return (await prose.allInnerTexts()).join("\n").trim()
}

/** Waits until the newest answer is complete and formatted. */
export async function waitForAnswer(page: Page): Promise<void> {
  await newestAnswer(page).getByRole("button", { name: "Copy as markdown" }).waitFor()
  await newestAnswer(page).locator("[data-plain]").first().waitFor({ state: "detached" })
}

/** Also waits until no turn is running. */
export async function waitForTurnEnd(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Stop / }).waitFor({ state: "detached" })
  await waitForAnswer(page)
}

/** Waits until lazy chunks are loaded; afterwards they are available offline. */
export async function waitForLazyParts(page: Page): Promise<void> {
  // Polls less often than the default of every frame, which would force a rendering each time.
  await page.waitForFunction(
    () => performance.getEntriesByName("parts-fetched").length > 0,
    undefined,
    { polling: 100 },
  )
}

/**
 * Waits for streamed server rendering: React marks pending parts with templates and delivers them
 * in hidden elements.
 */
export async function waitForStreamedParts(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelector('template[id^="B:"], div[hidden][id^="S:"]') === null,
    undefined,
    { polling: 100 },
  )
}

export async function clipboard(page: Page): Promise<string> {
  return await page.evaluate(() => navigator.clipboard.readText())
}

import { access } from "node:fs/promises"
import path from "node:path"

import { closeDatabase, openDatabase } from "#db/client.ts"
import { findConnectionRoom } from "#db/connection-room.ts"
import { withDatabaseWords } from "#db/database-fault.ts"
import { migrateDatabase } from "#db/migrate.ts"
import { seedInstallation } from "#lib/agents/seed.ts"
import { startEmbeddedServices } from "#lib/embedded/start-embedded-services.ts"
import { env } from "#lib/env.ts"
import { createLog } from "#lib/log.ts"
import { placeOf, readDatabaseAddress } from "#lib/settings/database-address.ts"

import { explainFailure } from "./explain-failure.ts"

const dev = process.argv.includes("--dev")
// Must precede any import of Next or React, which read these once.
Object.assign(process.env, {
  NODE_ENV: dev ? "development" : "production",
  NEXT_TELEMETRY_DISABLED: "1",
})

/** Started services, stopped in reverse order. */
const running: { name: string; stop(): Promise<void> }[] = []
const startedAt = performance.now()
let stopping: Promise<void> | undefined

/** For the person at the terminal; later output of the server goes to its log. */
const { log: print, error: printError } = console

function say(line: string): void {
  print(`  ${line}`)
}

async function start(): Promise<void> {
  const { DATABASE_URL, REDIS_URL, STUDIO_DATA_DIR, STUDIO_ROLE, LOG_LEVEL } = env()
  print(`\nStudio (${dev ? "development" : "production"}, Node ${process.versions.node})\n`)
  if (!dev && STUDIO_ROLE !== "driver") await requireBuild()
  const services = await startEmbeddedServices({
    dataDir: STUDIO_DATA_DIR,
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    role: "server",
    log: createLog(LOG_LEVEL),
    progress: say,
  })
  running.push({ name: "embedded services", stop: () => services.stop() })
  if (DATABASE_URL !== undefined)
    say(`PostgreSQL at ${placeOfDatabase(DATABASE_URL)} (DATABASE_URL)`)
  if (REDIS_URL !== undefined)
    say(`Redis at ${URL.canParse(REDIS_URL) ? new URL(REDIS_URL).host : REDIS_URL} (REDIS_URL)`)
  for (const note of services.notes) say(note)
  if (stopping !== undefined) return

  const connectionsMax = await prepareDatabase(services.databaseUrl)
  if (stopping !== undefined) return
  if (dev && STUDIO_ROLE !== "driver")
    say("Starting Next; the first page takes a moment to compile")
  const { startServer } = await import("#server.ts")
  const { databaseUrl, redisUrl } = services
  const server = await withDatabaseWords(databaseUrl, () =>
    startServer({ dev, databaseUrl, redisUrl, connectionsMax }),
  )
  running.push({ name: "server", stop: () => server.stop() })
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  print(`\n  ${readySentence(STUDIO_ROLE, server.url)} (${seconds} s). Ctrl-C stops it.\n`)
  if (dev && STUDIO_ROLE !== "driver") await compilePages(server.url)
}

const pagesInOrderOfNeed = [
  "/setup",
  "/",
  "/c/00000000-0000-7000-8000-000000000000",
  "/sign-in",
  "/settings/tokens",
]

/** Compiles pages in advance, because Next compiles each on its first request. */
async function compilePages(url: string): Promise<void> {
  for (const page of pagesInOrderOfNeed) {
    try {
      const limit = AbortSignal.timeout(60_000)
      const response = await fetch(new URL(page, url), { redirect: "manual", signal: limit })
      await response.arrayBuffer()
    } catch (error) {
      // The first visit compiles the page instead.
      if (stopping === undefined) say(`${page} could not be compiled yet: ${String(error)}`)
    }
  }
}

function readySentence(role: string, url: string): string {
  if (role === "driver") return `This driver runs turns; its health: ${url}/healthz`
  return role === "web" ? `Ready without a driver: ${url}` : `Ready: ${url}`
}

async function requireBuild(): Promise<void> {
  const folder = env().STUDIO_BUILD_DIR
  try {
    await access(path.join(folder, "BUILD_ID"))
  } catch (cause) {
    throw new Error("There is no production build yet. Make one: npm run build", { cause })
  }
}

/** @returns the connection limit of this process */
async function prepareDatabase(url: string): Promise<number> {
  await migrateDatabase(url)
  const db = openDatabase({ url, connectionsMax: 1, name: "studio-seed" })
  try {
    if (await seedInstallation(db)) say("A new installation: made a tenant, and two agents")
    return await findConnectionRoom(db)
  } finally {
    await closeDatabase(db)
  }
}

/** Without user name and password. */
function placeOfDatabase(url: string): string {
  const address = readDatabaseAddress(url)
  return "fault" in address ? "a given address" : placeOf(address.value)
}

/**
 * npm forwards a signal that the terminal has sent already; only a later one counts as the second.
 */
const secondSignalMs = 1_000
let firstSignalAt = 0

function onSignal(): void {
  if (stopping === undefined) {
    firstSignalAt = performance.now()
    print("\n  Stopping: turns that run get up to 20 s. Ctrl-C again ends at once.")
    stopping = stop()
  } else if (performance.now() - firstSignalAt > secondSignalMs) {
    print("  Ended at once; the turns go on with the next start.")
    process.exit(1)
  }
}

async function stop(): Promise<void> {
  // Wait until the service being started is in the list.
  await starting
  for (const part of running.toReversed()) {
    try {
      await part.stop()
    } catch (error) {
      printError(`  The ${part.name} did not stop cleanly:`, error)
    }
  }
  process.exit(0)
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal)

const starting = start().catch(async (error: unknown) => {
  for (const part of running.toReversed()) await part.stop()
  explainFailure(error)
})
await starting

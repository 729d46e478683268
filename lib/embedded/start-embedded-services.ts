import { mkdir } from "node:fs/promises"
import path from "node:path"

import { openPresence, type Presence } from "#db/presence.ts"
import type { Log } from "#lib/log.ts"

import { findPostgresHome, type PostgresHome } from "./postgres-home.ts"
import { ensurePostgres, stopPostgres, type RunningPostgres } from "./postgres.ts"
import { openRedisLine, type RedisLine } from "./redis-line.ts"
import { ensureRedis, stopRedis } from "./redis.ts"
import { withStartLock } from "./start-lock.ts"
import { watchServices } from "./watch-services.ts"

interface EmbeddedOptions {
  dataDir: string
  /** Uses this database instead of starting one. */
  databaseUrl?: string | undefined
  /** Uses this Redis instead of starting one. */
  redisUrl?: string | undefined
  /**
   * A server restarts services that die and stops services it was the last to use; a script does
   * neither.
   */
  role: "server" | "script"
  log: Log
  /** Reports progress to the operator, one line at a time. */
  progress(line: string): void
}

interface EmbeddedServices {
  databaseUrl: string
  /** Null = this machine has no Redis; the bus stays inside the process. */
  redisUrl: string | null
  /** Locations and anything unusual about them, for the operator. */
  notes: string[]
  stop(): Promise<void>
}

/** Embedded services in use by this process; both null when both are external. */
interface Held {
  postgres: { home: PostgresHome; presence: Presence; url: string } | null
  redis: { folder: string; line: RedisLine; url: string } | null
}

/**
 * Starts missing services: PostgreSQL from npm, Redis from the PATH. The processes of one data folder
 * share them: a lock file guards start and stop, and each process keeps a connection open to mark a
 * service as in use.
 * @throws Error with instructions
 */
export async function startEmbeddedServices(options: EmbeddedOptions): Promise<EmbeddedServices> {
  const dataDir = path.resolve(options.dataDir)
  const notes: string[] = []
  const lockFile = path.join(dataDir, "start.lock")
  const isNeeded = options.databaseUrl === undefined || options.redisUrl === undefined
  if (isNeeded) await mkdir(dataDir, { recursive: true, mode: 0o755 })
  const held: Held = isNeeded
    ? await withStartLock(lockFile, async () => ({
        postgres:
          options.databaseUrl === undefined ? await takePostgres(dataDir, options, notes) : null,
        redis: options.redisUrl === undefined ? await takeRedis(dataDir, options, notes) : null,
      }))
    : { postgres: null, redis: null }

  const watch =
    options.role === "server"
      ? watchServices({
          log: options.log,
          lockFile,
          postgres: held.postgres?.home ?? null,
          redisFolder: held.redis?.folder ?? null,
        })
      : null
  return {
    databaseUrl: options.databaseUrl ?? held.postgres?.url ?? "",
    redisUrl: options.redisUrl ?? held.redis?.url ?? null,
    notes,
    async stop() {
      await watch?.stop()
      if (options.role === "script") await letGo(held)
      else if (isNeeded) await withStartLock(lockFile, () => stopUnused(held, options))
    },
  }
}

async function takePostgres(
  dataDir: string,
  options: EmbeddedOptions,
  notes: string[],
): Promise<NonNullable<Held["postgres"]>> {
  const home = await findPostgresHome(dataDir)
  options.progress(`PostgreSQL 18 from npm, data in ${home.folder}`)
  const server = await ensurePostgres(home)
  options.progress(sentences[server.outcome](server))
  if (home.note !== undefined) notes.push(home.note)
  return { home, url: server.url, presence: await openPresence(server.url) }
}

const sentences: Record<RunningPostgres["outcome"], (server: RunningPostgres) => string> = {
  created: ({ port }) => `PostgreSQL was created and runs on 127.0.0.1:${port}`,
  started: ({ port }) => `PostgreSQL runs on 127.0.0.1:${port}`,
  reused: ({ port }) => `PostgreSQL was already running on 127.0.0.1:${port}`,
}

async function takeRedis(
  dataDir: string,
  options: EmbeddedOptions,
  notes: string[],
): Promise<Held["redis"]> {
  const folder = path.join(dataDir, "redis")
  try {
    const server = await ensureRedis(folder)
    if (server === null) {
      notes.push(
        "No redis-server on the PATH: the wire stays inside each process, which is fine for one.",
      )
      return null
    }
    const line = await openRedisLine(server.port, server.password)
    if (line === null) throw new Error("redis-server started and is silent.")
    const state = server.outcome === "reused" ? "was already running" : "runs"
    options.progress(`Redis (redis-server of this machine) ${state} on 127.0.0.1:${server.port}`)
    return { folder, line, url: server.url }
  } catch (error) {
    // Redis only carries hints, so a broken one must not prevent the Studio from starting.
    options.log.warn({ err: error }, "The embedded Redis did not start")
    notes.push(`Redis did not start (see ${folder}): the wire stays inside each process.`)
    return null
  }
}

async function letGo(held: Held): Promise<void> {
  held.redis?.line.close()
  await held.postgres?.presence.close()
}

/**
 * Stops services without other connections. Runs under the lock, so no process can be about to connect.
 */
async function stopUnused(held: Held, options: EmbeddedOptions): Promise<void> {
  const { redis, postgres } = held
  const isRedisUsed = redis !== null && (await isUsed(() => redis.line.countOthers(), options.log))
  const isPostgresUsed =
    postgres !== null && (await isUsed(() => postgres.presence.countOthers(), options.log))
  await letGo(held)
  if (redis !== null && !isRedisUsed) await stopRedis(redis.folder)
  if (postgres === null) return
  if (isPostgresUsed) options.progress("PostgreSQL stays up: another process uses it")
  else await stopPostgres(postgres.home)
}

/** Recently closed connections remain visible for a moment. */
async function isUsed(countOthers: () => Promise<number>, log: Log): Promise<boolean> {
  const deadline = Date.now() + 1_000
  try {
    while ((await countOthers()) > 0) {
      if (Date.now() > deadline) return true
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } catch (error) {
    log.warn({ err: error }, "could not count an embedded service's clients; stopping it")
  }
  return false
}

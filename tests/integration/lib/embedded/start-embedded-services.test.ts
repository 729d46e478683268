import { execFile, spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"

import postgres from "postgres"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"

import { findPostgresHome } from "#lib/embedded/postgres-home.ts"
import { findPostgres, stopPostgres } from "#lib/embedded/postgres.ts"
import { findRedis, stopRedis } from "#lib/embedded/redis.ts"
import { startEmbeddedServices } from "#lib/embedded/start-embedded-services.ts"
import { createLog } from "#lib/log.ts"
import { isListening } from "#tests/support/is-listening.ts"
import { waitFor } from "#tests/support/wait-for.ts"

interface Services {
  databaseUrl: string
  redisUrl: string
}

const log = createLog("silent")
const program = path.resolve("tests/support/embedded-process.ts")

describe("embedded services", () => {
  let dataDir: string
  /** Data folder of a stopped installation, created once because that takes seconds. */
  let stoppedDir: string
  const children: ChildProcess[] = []

  beforeAll(async () => {
    stoppedDir = await mkdtemp(path.join(tmpdir(), "studio-embedded-"))
    await chmod(stoppedDir, 0o755)
    const options = { dataDir: stoppedDir, role: "server" as const, log, progress: () => {} }
    const services = await startEmbeddedServices(options)
    await services.stop()
  })
  afterAll(async () => {
    await rm(stoppedDir, { recursive: true, force: true })
  })

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), "studio-embedded-"))
    await chmod(dataDir, 0o755)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) if (!hasEnded(child)) child.kill("SIGKILL")
    await stopPostgres(await findPostgresHome(dataDir))
    await stopRedis(path.join(dataDir, "redis"))
    await rm(dataDir, { recursive: true, force: true })
  })

  /** The files belong to the servers' user; `cp -a` keeps that. */
  async function useStopped(): Promise<void> {
    await promisify(execFile)("cp", ["-a", `${stoppedDir}/.`, dataDir])
  }

  /** Starts the services in a separate process. */
  async function startProcess(): Promise<Services & { child: ChildProcess }> {
    const child = spawn(process.execPath, [program, dataDir], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    children.push(child)
    const { value } = await createInterface(child.stdout)[Symbol.asyncIterator]().next()
    return { ...(JSON.parse(String(value)) as Services), child }
  }

  async function terminate(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const gone = once(child, "exit")
    child.kill(signal)
    await gone
  }

  async function query<T>(url: string, statement: string): Promise<T[]> {
    const client = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
    try {
      return (await client.unsafe(statement)) as unknown as T[]
    } finally {
      await client.end()
    }
  }

  const portOf = (url: string) => Number(new URL(url).port)
  const findServer = async () => await findPostgres(await findPostgresHome(dataDir))

  test("a cold start brings up a durable PostgreSQL 18 and a Redis, and stop leaves nothing behind", async () => {
    const services = await startEmbeddedServices({
      dataDir,
      role: "server",
      log,
      progress: () => {},
    })
    const [row] = await query<Record<string, string>>(
      services.databaseUrl,
      `select current_setting('server_version_num') as version, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit,
        current_setting('full_page_writes') as pages, lower('ÄÖ') as letters`,
    )
    expect(row).toMatchObject({ fsync: "on", commit: "on", pages: "on", letters: "äö" })
    expect(Number(row?.["version"])).toBeGreaterThanOrEqual(180_000)
    expect(services.redisUrl).not.toBeNull()
    await services.stop()
    expect(await findServer()).toBeNull()
    expect(await findRedis(path.join(dataDir, "redis"))).toBeNull()
    expect(await isListening(portOf(services.databaseUrl))).toBe(false)
    expect(await isListening(portOf(services.redisUrl ?? ""))).toBe(false)
  })

  test("other local users can connect to neither", async () => {
    await useStopped()
    const services = await startProcess()
    const stranger = new URL(services.databaseUrl)
    stranger.password = "guess"
    await expect(query(stranger.href, "select 1")).rejects.toThrow("password authentication failed")
    const { mode } = await stat(path.join(dataDir, "postgres/password"))
    expect(mode & 0o077).toBe(0)
    expect((await stat(path.join(dataDir, "redis/redis.conf"))).mode & 0o077).toBe(0)
  })

  test("a second process shares them, and only the last one stops them", async () => {
    await useStopped()
    const first = await startProcess()
    const second = await startProcess()
    expect(second.databaseUrl).toBe(first.databaseUrl)
    expect(second.redisUrl).toBe(first.redisUrl)
    await terminate(first.child, "SIGTERM")
    expect(await query(second.databaseUrl, "select 1 as one")).toEqual([{ one: 1 }])
    expect(await isListening(portOf(second.redisUrl))).toBe(true)
    await terminate(second.child, "SIGTERM")
    expect(await findServer()).toBeNull()
    expect(await isListening(portOf(second.redisUrl))).toBe(false)
  })

  test("two processes starting together on an empty folder share one server", async () => {
    const [first, second] = await Promise.all([startProcess(), startProcess()])
    expect(second.databaseUrl).toBe(first.databaseUrl)
    expect(second.redisUrl).toBe(first.redisUrl)
  })

  test("a script leaves the servers running for the next process", async () => {
    await useStopped()
    const options = { dataDir, role: "script" as const, log, progress: () => {} }
    const script = await startEmbeddedServices(options)
    await script.stop()
    expect(await query(script.databaseUrl, "select 1 as one")).toEqual([{ one: 1 }])
    const server = await startProcess()
    expect(server.databaseUrl).toBe(script.databaseUrl)
  })

  test("after kill -9 of the process the next one finds both servers and all data", async () => {
    await useStopped()
    const first = await startProcess()
    await query(first.databaseUrl, "create table kept as select 42 as answer")
    await terminate(first.child, "SIGKILL")
    const second = await startProcess()
    expect(second.databaseUrl).toBe(first.databaseUrl)
    expect(await query(second.databaseUrl, "select answer from kept")).toEqual([{ answer: 42 }])
    await terminate(second.child, "SIGTERM")
    expect(await findServer()).toBeNull()
  })

  test("after kill -9 of process and postmaster the next start has all data", async () => {
    await useStopped()
    const first = await startProcess()
    await query(first.databaseUrl, "create table kept as select 42 as answer")
    first.child.kill("SIGKILL")
    process.kill((await findServer()) ?? 0, "SIGKILL")
    const second = await startProcess()
    expect(await query(second.databaseUrl, "select answer from kept")).toEqual([{ answer: 42 }])
  })

  test("a server that dies under a running process returns on its old port", async () => {
    await useStopped()
    const { databaseUrl, redisUrl } = await startProcess()
    await query(databaseUrl, "create table kept as select 42 as answer")
    process.kill((await findServer()) ?? 0, "SIGKILL")
    process.kill((await findRedis(path.join(dataDir, "redis"))) ?? 0, "SIGKILL")
    const rows = await waitFor(
      async () => await query(databaseUrl, "select answer from kept").catch(() => null),
      { timeoutMs: 15_000 },
    )
    expect(rows).toEqual([{ answer: 42 }])
    await waitFor(() => isListening(portOf(redisUrl)))
  })

  test("a reused pid of a foreign process is ignored", async () => {
    await useStopped()
    const first = await startProcess()
    await terminate(first.child, "SIGKILL")
    const home = await findPostgresHome(dataDir)
    await stopPostgres(home)
    await stopRedis(path.join(dataDir, "redis"))
    // As after a reboot: both files name a live pid, here this test's own.
    const lines = [process.pid, home.folder, 0, portOf(first.databaseUrl), "", "", "", "ready"]
    await writeFile(path.join(home.folder, "data/postmaster.pid"), `${lines.join("\n")}\n`)
    await writeFile(path.join(dataDir, "redis/redis.pid"), String(process.pid))
    const second = await startProcess()
    expect(await query(second.databaseUrl, "select 1 as one")).toEqual([{ one: 1 }])
  })

  test("a start interrupted during cluster creation begins from scratch", async () => {
    const isCreating = async () =>
      (await readdir(dataDir)).some((name) => name.startsWith("postgres.new-"))
    const early = spawn(process.execPath, [program, dataDir], { stdio: "ignore" })
    children.push(early)
    await waitFor(isCreating, { everyMs: 1 })
    await terminate(early, "SIGKILL")
    const services = await startProcess()
    expect(await query(services.databaseUrl, "select 1 as one")).toEqual([{ one: 1 }])
    expect(await isCreating()).toBe(false)
  })

  test("configured services are used, and none are started", async () => {
    const services = await startEmbeddedServices({
      dataDir,
      databaseUrl: "postgres://elsewhere/x",
      redisUrl: "redis://elsewhere",
      role: "server",
      log,
      progress: () => {},
    })
    expect(services).toMatchObject({
      databaseUrl: "postgres://elsewhere/x",
      redisUrl: "redis://elsewhere",
    })
    await services.stop()
    expect(await findServer()).toBeNull()
  })
})

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

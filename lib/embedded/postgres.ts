import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import {
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

import { findFreePort } from "./free-port.ts"
import { ownFolder, type PostgresHome } from "./postgres-home.ts"
import { isProcessOf, processesIn, waitForExit } from "./process-table.ts"
import { runCommand } from "./run-command.ts"

export interface RunningPostgres {
  pid: number
  port: number
  url: string
  outcome: "reused" | "started" | "created"
}

const startLimitMs = 30_000
const logBytesMax = 10 * 1024 * 1024

/** Crash safety and resource settings; the command line overrides any configuration file. */
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  max_connections: "200",
  max_wal_size: "2GB",
  timezone: "UTC",
  log_timezone: "UTC",
}

/**
 * Ensures that PostgreSQL runs in this home: reuses a running server, else starts it, else creates the
 * cluster first. Call it under the start lock.
 * @throws Error with the end of the server's log
 */
export async function ensurePostgres(home: PostgresHome): Promise<RunningPostgres> {
  const isNew = await createCluster(home)
  const record = await readRecord(home)
  if (record !== null && (await isProcessOf(record.pid, dataFolder(home)))) {
    if (await waitUntilReady(home, record.pid)) {
      return { ...record, url: await urlOf(home, record.port), outcome: "reused" }
    }
  }
  await forgetDeadServer(home, record)
  await ownFolder(home.folder, home.owner)
  const started = await startWithRetries(home, record?.port)
  return {
    ...started,
    url: await urlOf(home, started.port),
    outcome: isNew ? "created" : "started",
  }
}

/** The pid of this home's server, or null when it is not running. */
export async function findPostgres(home: PostgresHome): Promise<number | null> {
  const record = await readRecord(home)
  if (record === null) return null
  return (await isProcessOf(record.pid, dataFolder(home))) ? record.pid : null
}

/** Stops the server: rolls back open transactions, ends connections, flushes the data. */
export async function stopPostgres(home: PostgresHome): Promise<void> {
  const pid = await findPostgres(home)
  if (pid === null) return
  process.kill(pid, "SIGINT")
  if (await waitForExit(pid, dataFolder(home), 20_000)) return
  // Immediate shutdown: the next start recovers from the write-ahead log.
  process.kill(pid, "SIGQUIT")
  await waitForExit(pid, dataFolder(home), 5_000)
}

function dataFolder(home: PostgresHome): string {
  return path.join(home.folder, "data")
}

async function urlOf(home: PostgresHome, port: number): Promise<string> {
  const password = await readFile(path.join(home.folder, "password"), "utf8")
  return `postgres://studio:${password.trim()}@127.0.0.1:${port}/postgres`
}

/**
 * Creates the cluster in a temporary folder and renames it, so that a crash leaves no partial cluster.
 */
async function createCluster(home: PostgresHome): Promise<boolean> {
  if ((await readIfThere(path.join(home.folder, "password"))) !== null) return false
  await mkdir(path.dirname(home.folder), { recursive: true })
  await removeLeftovers(home)
  const staged = await mkdtemp(stagedPrefix(home))
  const passwordFile = path.join(staged, "password")
  await writeFile(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 })
  if (home.owner !== null) {
    await chown(passwordFile, home.owner, home.owner)
    await chown(staged, home.owner, home.owner)
  }
  const result = await runCommand(
    wrapped(home, [
      path.join(home.binaries, "bin/initdb"),
      `--pgdata=${path.join(staged, "data")}`,
      "--username=studio",
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
    ]),
    { owner: home.owner, timeoutMs: 60_000 },
  )
  if (!result.ok) throw new Error(`PostgreSQL could not be created.\n${result.stderr.trim()}`)
  await rename(staged, home.folder)
  return true
}

function stagedPrefix(home: PostgresHome): string {
  return `${home.folder}.new-`
}

/** Removes leftovers of a killed creation; an initdb still writing there fails once they are gone. */
async function removeLeftovers(home: PostgresHome): Promise<void> {
  const folder = path.dirname(home.folder)
  for (const name of await readdir(folder)) {
    const leftover = path.join(folder, name)
    if (!leftover.startsWith(stagedPrefix(home))) continue
    await rm(leftover, { recursive: true, force: true, maxRetries: 20, retryDelay: 20 })
  }
}

function wrapped(home: PostgresHome, words: readonly string[]): [string, ...string[]] {
  const [command, ...args] = [...home.wrap, ...words]
  if (command === undefined) throw new Error("A command needs a word.")
  return [command, ...args]
}

interface ServerRecord {
  pid: number
  port: number
  isReady: boolean
}

/**
 * Parses `postmaster.pid`, which the server maintains: pid, folder, start, port, …, and last its state.
 */
async function readRecord(home: PostgresHome): Promise<ServerRecord | null> {
  const text = await readIfThere(path.join(dataFolder(home), "postmaster.pid"))
  if (text === null) return null
  const lines = text.split("\n")
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 1) return null
  return { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === "ready" }
}

/**
 * After a kill -9 of the postmaster its children exit by themselves but hold the shared memory until
 * then. Its pid may meanwhile belong to an unrelated process, which PostgreSQL would mistake for its
 * own.
 */
async function forgetDeadServer(home: PostgresHome, record: ServerRecord | null): Promise<void> {
  const folder = await realpath(dataFolder(home))
  const deadline = Date.now() + 10_000
  while ((await processesIn(folder)).length > 0) {
    if (Date.now() > deadline) {
      throw new Error(`Another PostgreSQL still works in ${folder}; stop it first.`)
    }
    await sleep(50)
  }
  // Only now: until then the stale file is PostgreSQL's own safeguard against children we cannot see.
  const isStrangers = record !== null && existsSync(`/proc/${record.pid}`)
  if (isStrangers) await rm(path.join(folder, "postmaster.pid"), { force: true })
}

async function startWithRetries(
  home: PostgresHome,
  lastPort: number | undefined,
): Promise<{ pid: number; port: number }> {
  const deadline = Date.now() + startLimitMs
  for (;;) {
    const port = await findFreePort(lastPort)
    const pid = await spawnServer(home, port)
    if (await waitUntilReady(home, pid)) return { pid, port }
    if (Date.now() > deadline) {
      const end = (await readIfThere(logFile(home)))?.trim().split("\n").slice(-5).join("\n")
      throw new Error(`PostgreSQL did not start. The end of ${logFile(home)}:\n${end ?? ""}`)
    }
    await sleep(200)
  }
}

function logFile(home: PostgresHome): string {
  return `${home.folder}.log`
}

async function spawnServer(home: PostgresHome, port: number): Promise<number> {
  const file = logFile(home)
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size > logBytesMax) await rename(file, `${file}.1`)
  const log = await open(file, "a", 0o600)
  try {
    const [command, ...args] = wrapped(home, [
      path.join(home.binaries, "bin/postgres"),
      "-D",
      dataFolder(home),
      "-p",
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ])
    const child = spawn(command, args, {
      detached: true,
      cwd: "/",
      stdio: ["ignore", log.fd, log.fd],
      ...(home.owner === null ? {} : { uid: home.owner, gid: home.owner }),
    })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    child.once("spawn", resolve)
    child.once("error", reject)
    await promise
    child.unref()
    if (child.pid === undefined) throw new Error("PostgreSQL has no pid.")
    return child.pid
  } finally {
    await log.close()
  }
}

/** @returns false when the process exited first */
async function waitUntilReady(home: PostgresHome, pid: number): Promise<boolean> {
  const deadline = Date.now() + startLimitMs
  while (Date.now() < deadline) {
    const record = await readRecord(home)
    if (record?.pid === pid && record.isReady) return true
    if (!(await isProcessOf(pid, dataFolder(home)))) return false
    await sleep(10)
  }
  throw new Error(`PostgreSQL (pid ${pid}) is not ready after ${startLimitMs / 1000} seconds.`)
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw error
  }
}

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdir, readFile, rename, writeFile } from "node:fs/promises"
import path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"

import { findFreePort } from "./free-port.ts"
import { isProcessOf, waitForExit } from "./process-table.ts"
import { openRedisLine } from "./redis-line.ts"

interface RunningRedis {
  pid: number
  port: number
  password: string
  url: string
  outcome: "reused" | "started"
}

const startLimitMs = 5_000

/**
 * Ensures that a redis-server runs in this folder: reuses a running one, else starts the one on the
 * PATH. It persists nothing, because Redis holds no source of truth. Call it under the start lock.
 * @param folder absolute
 * @returns null when this machine has no redis-server
 * @throws Error when it does not start
 */
export async function ensureRedis(folder: string): Promise<RunningRedis | null> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const last = await readConfiguration(folder)
  if (last !== null) {
    const pid = await findRedis(folder)
    if (pid !== null && (await waitForAnswer(folder, pid, last))) {
      return running(pid, last, "reused")
    }
    if (pid !== null) await stopRedis(folder)
  }
  const access = {
    port: await findFreePort(last?.port),
    password: last?.password ?? randomBytes(24).toString("hex"),
  }
  await writeConfiguration(folder, access)
  const pid = await spawnServer(folder)
  if (pid === null) return null
  if (await waitForAnswer(folder, pid, access)) return running(pid, access, "started")
  throw new Error(`redis-server did not start; see ${path.join(folder, "redis.log")}`)
}

/** The pid of this folder's server, or null when it is not running. */
export async function findRedis(folder: string): Promise<number | null> {
  const text = await readIfThere(path.join(folder, "redis.pid"))
  const pid = Number(text?.trim())
  if (text === null || !Number.isInteger(pid) || pid <= 1) return null
  return (await isProcessOf(pid, configurationFile(folder))) ? pid : null
}

export async function stopRedis(folder: string): Promise<void> {
  const pid = await findRedis(folder)
  if (pid === null) return
  process.kill(pid, "SIGTERM")
  if (await waitForExit(pid, configurationFile(folder), 5_000)) return
  process.kill(pid, "SIGKILL")
  await waitForExit(pid, configurationFile(folder), 5_000)
}

interface Access {
  port: number
  password: string
}

function running(pid: number, access: Access, outcome: RunningRedis["outcome"]): RunningRedis {
  return { pid, ...access, url: `redis://:${access.password}@127.0.0.1:${access.port}`, outcome }
}

function configurationFile(folder: string): string {
  return path.join(folder, "redis.conf")
}

async function writeConfiguration(folder: string, { port, password }: Access): Promise<void> {
  const lines = [
    "bind 127.0.0.1",
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${quoted(folder)}`,
    `pidfile ${quoted(path.join(folder, "redis.pid"))}`,
    `logfile ${quoted(path.join(folder, "redis.log"))}`,
    "daemonize no",
    'save ""',
    "appendonly no",
    "maxmemory 512mb",
    "maxmemory-policy noeviction",
    // Keeps the file name in the command line, which identifies our server.
    "set-proc-title no",
  ]
  const staged = `${configurationFile(folder)}.new`
  await writeFile(staged, `${lines.join("\n")}\n`, { mode: 0o600 })
  await rename(staged, configurationFile(folder))
}

function quoted(text: string): string {
  return JSON.stringify(text)
}

async function readConfiguration(folder: string): Promise<Access | null> {
  const text = await readIfThere(configurationFile(folder))
  const port = /^port (\d+)$/m.exec(text ?? "")?.[1]
  const password = /^requirepass (\S+)$/m.exec(text ?? "")?.[1]
  return port === undefined || password === undefined ? null : { port: Number(port), password }
}

async function spawnServer(folder: string): Promise<number | null> {
  const child = spawn("redis-server", [configurationFile(folder)], {
    detached: true,
    cwd: folder,
    stdio: "ignore",
  })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once("spawn", () => resolve(child.pid ?? null))
  child.once("error", (error) => {
    if ("code" in error && error.code === "ENOENT") resolve(null)
    else reject(error)
  })
  child.unref()
  return await promise
}

/** @returns false when the process exited or never answered */
async function waitForAnswer(folder: string, pid: number, access: Access): Promise<boolean> {
  const deadline = Date.now() + startLimitMs
  while (Date.now() < deadline) {
    const line = await openRedisLine(access.port, access.password)
    line?.close()
    // Accept the answer only from our own server, which has written its pid by then.
    if (line !== null && (await findRedis(folder)) === pid) return true
    if (!(await isProcessOf(pid, configurationFile(folder)))) return false
    await sleep(10)
  }
  return false
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw error
  }
}

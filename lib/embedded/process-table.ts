import { readdir, readFile, readlink } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"

/** On an overloaded machine exec takes a while; kernel threads never have a command line. */
const loadingMsMax = 2_000

/**
 * Whether `pid` is alive and its command line contains `path` as a word. A pid file alone proves
 * nothing: after a reboot the pid may belong to any process.
 */
export async function isProcessOf(pid: number, path: string): Promise<boolean> {
  const words = await readCommandLine(pid)
  return words.includes(path)
}

/** @returns whether it exited in time */
export async function waitForExit(pid: number, path: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (await isProcessOf(pid, path)) {
    if (Date.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** Processes with `folder` as their working directory, regardless of their name. */
export async function processesIn(folder: string): Promise<number[]> {
  const names = await readdir("/proc")
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const homes = await Promise.all(pids.map(readWorkingFolder))
  return pids.filter((_, index) => homes[index] === folder)
}

/** A process in exec has no command line yet, and a zombie has none any more. */
async function readCommandLine(pid: number): Promise<string[]> {
  const deadline = Date.now() + loadingMsMax
  for (;;) {
    const line = await readProcessFile(pid, "cmdline")
    if (line === undefined) return []
    if (line !== "") return line.split("\0")
    const state = await readProcessFile(pid, "stat")
    if (state === undefined || /\) [ZX] /.test(state) || Date.now() > deadline) return []
    await sleep(5)
  }
}

async function readProcessFile(pid: number, name: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8")
  } catch (error) {
    return ignoreUnreadable(error)
  }
}

async function readWorkingFolder(pid: number): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`)
  } catch (error) {
    return ignoreUnreadable(error)
  }
}

/** The process has exited meanwhile, or belongs to another user. */
function ignoreUnreadable(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return
  throw error
}

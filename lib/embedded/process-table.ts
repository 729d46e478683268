import { readdir, readFile, readlink } from "node:fs/promises"
import { setTimeout as sleep } from "node:timers/promises"

/** On a machine at its limit loading takes a while; threads of the kernel never have a command line. */
const loadingMsMax = 2_000

/**
 * Whether `pid` lives and names `path` as a word of its command line. A number in a file proves
 * nothing: after a restart of the machine it may be anybody's.
 */
export async function isProcessOf(pid: number, path: string): Promise<boolean> {
  const words = await readCommandLine(pid)
  return words.includes(path)
}

/** @returns whether it was gone in time */
export async function waitForExit(pid: number, path: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (await isProcessOf(pid, path)) {
    if (Date.now() > deadline) return false
    await sleep(20)
  }
  return true
}

/** The processes that work in `folder`, whatever they call themselves. */
export async function processesIn(folder: string): Promise<number[]> {
  const names = await readdir("/proc")
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number)
  const homes = await Promise.all(pids.map(readWorkingFolder))
  return pids.filter((_, index) => homes[index] === folder)
}

/** A program that is just being loaded has no command line yet, nor has one that ended unnoticed. */
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

/** A process that ended meanwhile, or that of another user. */
function ignoreUnreadable(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ENOENT" || code === "ESRCH" || code === "EACCES" || code === "EPERM") return
  throw error
}

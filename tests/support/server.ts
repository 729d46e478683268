import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import path from "node:path"

import { testBuildDir } from "./build.ts"
import { compileCache } from "./compile-cache.ts"
import { waitFor } from "./wait-for.ts"

const root = path.join(import.meta.dirname, "../..")
const logCharactersMax = 1_000_000
/** A few seconds on an idle machine. */
const startLimitMs = 100_000

export interface TestServer {
  url: string
  pid: number
  /** Sends a signal and waits until the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<{ code: number | null; tookMs: number }>
  /** All its log output, newest last. */
  logs(): string
}

/**
 * Starts the product as a separate process from the tests' build, and waits until it answers.
 * @param values environment variables; the caller's configuration is not inherited
 * @param flags of the start script
 */
export async function startTestServer(
  values: Record<string, string>,
  flags: readonly "--dev"[] = [],
): Promise<TestServer> {
  const port = await freePort()
  const child = spawn(process.execPath, [path.join(root, "scripts/start.ts"), ...flags], {
    cwd: root,
    env: { ...bareEnvironment(), ...values, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let logs = ""
  const keep = (chunk: Buffer) => (logs = (logs + chunk.toString()).slice(-logCharactersMax))
  child.stdout.on("data", keep)
  child.stderr.on("data", keep)
  const url = `http://127.0.0.1:${port}`
  try {
    await waitFor(() => isUp(child, url), { timeoutMs: startLimitMs, everyMs: 50 })
  } catch (cause) {
    child.kill("SIGKILL")
    throw new Error(`The server did not start.\n${logs.slice(-8_000)}`, { cause })
  }
  return { url, pid: child.pid ?? 0, kill: (signal) => kill(child, signal), logs: () => logs }
}

/** The minimal environment of a process; a developer's `.env` must not affect tests. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: process.env["HOME"],
    NODE_ENV: "production",
    STUDIO_BUILD_DIR: testBuildDir,
    NEXT_TELEMETRY_DISABLED: "1",
    ...compileCache,
    LOG_LEVEL: "info",
    // Tests use many credentials from one address.
    STUDIO_GUESSES_PER_MINUTE: "0",
    // Title generation makes its own model call; its tests enable it.
    STUDIO_TITLES: "off",
  }
}

async function isUp(child: ChildProcess, url: string): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error("the process ended")
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) })
    await response.arrayBuffer()
    return response.ok
  } catch (error) {
    // Not listening yet.
    if (error instanceof Error) return false
    throw error
  }
}

async function kill(
  child: ChildProcess,
  signal: NodeJS.Signals = "SIGKILL",
): Promise<{ code: number | null; tookMs: number }> {
  const startedMs = performance.now()
  if (child.exitCode === null && child.signalCode === null) {
    const closed = once(child, "close", { signal: AbortSignal.timeout(40_000) })
    child.kill(signal)
    await closed
  }
  return { code: child.exitCode, tookMs: performance.now() - startedMs }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  server.close()
  await once(server, "close")
  if (typeof address !== "object" || address === null) throw new Error("no port")
  return address.port
}

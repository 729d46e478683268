import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"

import { findFreePort } from "#lib/embedded/free-port.ts"

import { isListening } from "./is-listening.ts"
import { removeWhenOrphaned } from "./remove-when-orphaned.ts"
import { waitFor } from "./wait-for.ts"

/** A redis-server of one test, which can be stopped, frozen or killed. */
export interface PrivateRedis {
  url: string
  port: number
  /** SIGSTOP: it stays connected but silent. */
  pause(): void
  /** SIGCONT. */
  resume(): void
  /** Deletes all data. */
  flush(): Promise<void>
  /** SIGKILL, then waits for the exit. */
  kill(): Promise<void>
  /** Restarts it on the same port, empty; kills it first if it runs. */
  restart(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

/** @param settings extra command-line arguments, such as `["--maxmemory", "1mb"]` */
export async function startRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const folder = await mkdtemp(path.join(tmpdir(), "studio-redis-"))
  removeWhenOrphaned(folder)
  const port = await findFreePort()
  let child = await launch(folder, port, settings)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, "exit")
    child.kill("SIGKILL")
    await gone
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    flush: () => flush(port),
    kill,
    async restart() {
      await kill()
      child = await launch(folder, port, settings)
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function launch(
  folder: string,
  port: number,
  settings: readonly string[],
): Promise<ChildProcess> {
  const child = spawn(
    "redis-server",
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--pidfile",
      path.join(folder, "redis.pid"),
      ...settings,
    ],
    { cwd: folder, stdio: "ignore" },
  )
  await once(child, "spawn")
  await waitFor(() => isListening(port))
  return child
}

async function flush(port: number): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port })
  try {
    // Unread data would keep the socket open.
    socket.resume().end("FLUSHALL\r\nQUIT\r\n")
    await once(socket, "close", { signal: AbortSignal.timeout(5_000) })
  } finally {
    socket.destroy()
  }
}

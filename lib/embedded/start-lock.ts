import { spawn } from "node:child_process"
import { once } from "node:events"

const waitSeconds = 60

/**
 * Runs `work` while no other process does the same with this lock file. The lock is the kernel's, held
 * by a child that ends when our pipe to it closes: it cannot outlive us, also not a kill -9.
 * @throws Error when another process holds it for over a minute
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn(
    "flock",
    ["--exclusive", "--timeout", String(waitSeconds), file, "sh", "-c", "echo held; exec cat"],
    // A session of its own, so that Ctrl-C in a terminal does not free the lock early.
    { stdio: ["pipe", "pipe", "ignore"], detached: true },
  )
  const ended = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  holder.once("error", (cause) => {
    held.reject(new Error("The program `flock` is needed (Debian: util-linux).", { cause }))
    ended.resolve()
  })
  holder.once("exit", () => {
    held.reject(new Error(`Another process has held ${file} for over ${waitSeconds} seconds.`))
    ended.resolve()
  })
  void once(holder.stdout, "data").then(() => held.resolve(), held.reject)
  try {
    await held.promise
    return await work()
  } finally {
    holder.stdin.end()
    await ended.promise
  }
}

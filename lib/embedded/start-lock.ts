import { spawn } from "node:child_process"

const waitSeconds = 60

/**
 * Runs `work` while holding an inter-process lock on this file. A child process holds the kernel lock
 * and exits when our pipe to it closes, so the lock cannot outlive us, even after a kill -9.
 * @throws Error when another process holds it for over a minute
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn(
    "flock",
    ["--exclusive", "--timeout", String(waitSeconds), file, "sh", "-c", "echo held; exec cat"],
    // A separate session, so that Ctrl-C in a terminal does not release the lock early.
    { stdio: ["pipe", "pipe", "pipe"], detached: true },
  )
  const ended = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  holder.once("error", (cause) => {
    held.reject(new Error("The program `flock` is needed (Debian: util-linux).", { cause }))
    ended.resolve()
  })
  let complaint = ""
  holder.stderr.on("data", (bytes: Buffer) => (complaint += bytes.toString()))
  holder.once("close", () => {
    const reason = complaint.trim() || `another process has held it for over ${waitSeconds} seconds`
    held.reject(new Error(`The lock ${file} cannot be had: ${reason}`))
    ended.resolve()
  })
  holder.stdout.once("data", () => held.resolve())
  try {
    await held.promise
    return await work()
  } finally {
    holder.stdin.end()
    await ended.promise
  }
}

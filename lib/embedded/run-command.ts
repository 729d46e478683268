import { execFile } from "node:child_process"

interface CommandOptions {
  /** Uid and gid to run as; null = this process's own. */
  owner: number | null
  timeoutMs: number
}

interface CommandResult {
  ok: boolean
  stdout: string
  stderr: string
}

/** Runs a program to completion; a missing, failing or overdue one returns `ok: false`. */
export async function runCommand(
  words: readonly [string, ...string[]],
  options: CommandOptions,
): Promise<CommandResult> {
  const [command, ...args] = words
  const { promise, resolve } = Promise.withResolvers<CommandResult>()
  execFile(
    command,
    args,
    {
      timeout: options.timeoutMs,
      maxBuffer: 1024 * 1024,
      cwd: "/",
      ...(options.owner === null ? {} : { uid: options.owner, gid: options.owner }),
    },
    (error, stdout, stderr) => {
      resolve({
        ok: error === null,
        stdout,
        stderr: stderr === "" ? (error?.message ?? "") : stderr,
      })
    },
  )
  return await promise
}

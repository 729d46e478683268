import { fork, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import path from "node:path"

import type { ProbeQuestion } from "./probe.ts"

const startLimitMs = 60_000

/** A process under measurement. */
export class Child {
  readonly port: number
  readonly #process: ChildProcess
  readonly #isProfiled: boolean

  private constructor(process: ChildProcess, port: number, isProfiled: boolean) {
    this.#process = process
    this.port = port
    this.#isProfiled = isProfiled
  }

  /** Starts `file` and waits until it listens. @param folder the checkout to run in */
  static async start(
    folder: string,
    file: string,
    env: Record<string, string>,
    nodeArguments: readonly string[] = [],
  ): Promise<Child> {
    const child = fork(path.join(folder, file), {
      cwd: folder,
      execArgv: ["--expose-gc", ...nodeArguments],
      env: { NODE_ENV: "production", PATH: process.env["PATH"], HOME: process.env["HOME"], ...env },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    })
    running.add(child)
    child.once("exit", () => running.delete(child))
    const signal = AbortSignal.timeout(startLimitMs)
    const ready: Promise<unknown[]> = once(child, "message", { signal })
    const ended = once(child, "exit", { signal }).then(() => {
      throw new Error(`${file} ended before it was ready`)
    })
    const [message] = await Promise.race([ready, ended])
    return new Child(child, (message as { ready: number }).ready, nodeArguments.length > 0)
  }

  async ask(question: ProbeQuestion): Promise<number> {
    const answered: Promise<unknown[]> = once(this.#process, "message", {
      signal: AbortSignal.timeout(30_000),
    })
    this.#process.send(question)
    const [message] = await answered
    return (message as { answer: number }).answer
  }

  /** Kills it at once, unless it has a profile to write. */
  async end(): Promise<void> {
    await (this.#isProfiled ? this.stop() : this.kill())
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, "exit", { signal: AbortSignal.timeout(40_000) })
    this.#process.send("stop" satisfies ProbeQuestion)
    await gone
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const gone = once(this.#process, "exit")
    this.#process.kill("SIGKILL")
    await gone
  }
}

const running = new Set<ChildProcess>()

/** Leaves no child process behind, however the run ends. */
export function killChildren(): void {
  for (const child of running) child.kill("SIGKILL")
}

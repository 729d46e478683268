import { format, stripVTControlCharacters } from "node:util"

import { redact, type Log } from "#lib/log.ts"

const levels = {
  error: "error",
  warn: "warn",
  info: "info",
  log: "info",
  debug: "debug",
  trace: "debug",
} as const
const charactersMax = 4_000

/**
 * Redirects console output of libraries, Next above all, to the log: one record per call, without
 * colours or anything that looks like a credential. Errors are logged like our own.
 */
export function captureConsole(log: Log): void {
  for (const [method, level] of Object.entries(levels)) {
    // oxlint-disable-next-line no-console -- it is what is replaced
    console[method as keyof typeof levels] = (...said: unknown[]) => {
      const error = said.find((part) => part instanceof Error)
      const text = format(...said.filter((part) => part !== error))
      const line = redact(stripVTControlCharacters(text).trim().slice(0, charactersMax))
      log[level]({ from: "console", ...(error === undefined ? {} : { err: error }) }, line)
    }
  }
  process.removeAllListeners("warning")
  process.on("warning", (warning) => log.warn({ err: warning }, "Node.js warning"))
}

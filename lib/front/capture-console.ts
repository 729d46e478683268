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
 * Makes what libraries print, Next above all, lines of the log: each thing said in one piece, in no
 * colours, and without what looks like a credential. An error among it is logged as our own are.
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
  process.on("warning", (warning) => log.warn({ err: warning }, "a warning of Node"))
}

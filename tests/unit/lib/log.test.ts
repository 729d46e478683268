/* oxlint-disable no-console -- what is printed is what it is about */
import { DrizzleQueryError } from "drizzle-orm"
import { expect, test } from "vitest"

import { captureConsole } from "#lib/front/capture-console.ts"
import { createLog, type Log } from "#lib/log.ts"

/** A log with its captured entries. */
function openLog(): { log: Log; lines: () => Record<string, unknown>[] } {
  let text = ""
  const log = createLog("debug", "studio", { write: (line) => (text += line) })
  const lines = () => text.trim().split("\n")
  return { log, lines: () => lines().map((line) => JSON.parse(line) as Record<string, unknown>) }
}

test("a query error is logged without the query's parameters", () => {
  const { log, lines } = openLog()
  const cause = new Error("connection closed")
  const failed = new DrizzleQueryError("select 1 where token = $1", ["s3cret\n    at x"], cause)
  log.error({ err: new Error("no session", { cause: failed }) }, "request")
  expect(JSON.stringify(lines())).not.toContain("s3cret")
  expect(lines()).toMatchObject([
    { err: { cause: { message: "Failed query: select 1 where token = $1" } } },
  ])
})

test("console output of libraries becomes one log entry, without colours and credentials", () => {
  const { log, lines } = openLog()
  const original = { ...console }
  const warnings = process.listeners("warning")
  try {
    captureConsole(log)
    console.error("\u001b[31m ⨯\u001b[0m\n%s", "Bearer abc", new Error("hq_pat_0123456789 broke"))
    console.log('\r\n{"msg":"forged"}')
  } finally {
    Object.assign(console, original)
    process.removeAllListeners("warning")
    for (const listener of warnings) process.on("warning", listener)
  }
  expect(lines()).toMatchObject([
    { level: 50, msg: "⨯\n[redacted]", err: { message: "[redacted] broke" } },
    { level: 30, from: "console", msg: '{"msg":"forged"}' },
  ])
})

import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"

import { z } from "zod"

import { oldestPostgres } from "#tests/support/oldest-postgres.ts"

import { explainFailure } from "./explain-failure.ts"
import { provision, type Program } from "./provision.ts"
import { testEnvironment } from "./test-environment.ts"

const redis: Program = { command: "redis-server", debianPackage: "redis-server" }
const chromium: Program = { command: "/usr/bin/chromium", debianPackage: "chromium" }

const oldest: Program = {
  command: `${oldestPostgres}/bin/postgres`,
  debianPackage: "postgresql-15",
}

const suites = [
  { name: "unit", projects: ["unit"], needs: [] },
  { name: "integration", projects: ["integration", "timed"], needs: [redis, oldest] },
  { name: "contract", projects: ["contract", "timed-contract"], needs: [redis] },
  { name: "e2e", projects: ["e2e", "timed-e2e"], needs: [redis, chromium] },
]
const limitMs = 1_800_000

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
})

let running: ChildProcess | undefined
let isInterrupted = false
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    isInterrupted = true
    // The terminal sends Ctrl-C to the child directly; wait while it stops its servers.
    if (signal === "SIGTERM") running?.kill(signal)
  })
}

interface Count {
  passed: number
  failed: number
  skipped: number
}

async function test(): Promise<void> {
  const [wanted, ...filters] = process.argv.slice(2)
  const chosen = suites.filter(({ name }) => wanted === undefined || wanted === name)
  if (chosen.length === 0) {
    throw new Error(`There is no suite ${wanted}: ${suites.map(({ name }) => name).join(", ")}`)
  }
  provision([...new Set(chosen.flatMap(({ needs }) => needs))])
  const { passed, failed } = await runProjects(
    chosen.flatMap(({ projects }) => projects),
    filters,
  )
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

/** One run for all suites: files share the workers, because most of them wait. */
async function runProjects(names: string[], filters: string[]): Promise<Count> {
  console.log(`\n${names.join(", ")}`)
  const folder = mkdtempSync(path.join(tmpdir(), "studio-report-"))
  const file = path.join(folder, "report.json")
  try {
    const child = spawn(
      process.execPath,
      [
        "node_modules/vitest/vitest.mjs",
        "run",
        ...names.map((name) => `--project=${name}`),
        "--reporter=default",
        "--reporter=json",
        `--outputFile.json=${file}`,
        ...filters,
      ],
      { stdio: ["ignore", "inherit", "inherit"], timeout: limitMs, env: testEnvironment() },
    )
    running = child
    const [code] = await once(child, "close")
    if (isInterrupted) process.exit(130)
    const counted = countOf(file, code === 0)
    // With filters, unselected tests are expected to be skipped.
    return filters.length > 0 ? counted : withSkippedAsFailed(counted)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * A run that broke without a failed test (a file that does not load, a hanging server) counts as
 * one failure.
 */
function countOf(file: string, isGood: boolean): Count {
  let counted = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  try {
    counted = report.parse(JSON.parse(readFileSync(file, "utf8")))
  } catch (error) {
    console.error("There is no report of the run.", error)
    isGood = false
  }
  return {
    passed: counted.numPassedTests,
    failed: isGood ? counted.numFailedTests : Math.max(counted.numFailedTests, 1),
    skipped: counted.numPendingTests + counted.numTodoTests,
  }
}

function withSkippedAsFailed(counted: Count): Count {
  if (counted.skipped > 0) {
    console.error(`${counted.skipped} tests did not run; they count as failed.`)
  }
  return { ...counted, failed: counted.failed + counted.skipped }
}

await test().catch((error: unknown) => {
  process.once("exit", () => console.log("\n0 passed, 1 failed"))
  explainFailure(error)
})

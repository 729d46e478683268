import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"

import { z } from "zod"

const limitMs = 600_000
const manifest = z.object({ scripts: z.record(z.string(), z.string()) })

interface Outcome {
  name: string
  isGood: boolean
}

/** Runs all static checks in parallel; prints the output of each in one piece. */
async function check(): Promise<void> {
  const { scripts } = manifest.parse(JSON.parse(readFileSync("package.json", "utf8")))
  const ours = Object.keys(scripts).filter((name) => name.startsWith("check:"))
  // Slow checks first.
  const names = ["typecheck", "lint", "format:check", ...ours]
  const outcomes = await Promise.all(names.map((name) => runCheck(name)))
  const failed = outcomes.filter(({ isGood }) => !isGood).map(({ name }) => name)
  if (failed.length === 0) return
  console.error(`\nFailed: ${failed.join(", ")}`)
  process.exitCode = 1
}

async function runCheck(name: string): Promise<Outcome> {
  const startedMs = performance.now()
  const child = spawn("npm", ["run", "-s", name], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitMs,
  })
  let output = ""
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()))
  const [code] = await once(child, "close")
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  console.log(`\n${name} (${seconds} s)\n${output.trim()}`)
  return { name, isGood: code === 0 }
}

await check()

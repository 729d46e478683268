import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { createTestDatabase, type TestDatabase } from "../support/database.ts"
import { testRedis } from "../support/redis.ts"
import { startTestServer, type TestServer } from "../support/server.ts"
import { waitFor } from "../support/wait-for.ts"

const run = promisify(execFile)
/** The server's address in the README. */
const documentedAddress = "localhost:3000"
const mark = "-- next block --"

let database: TestDatabase
let server: TestServer
let folder: string
let environment: NodeJS.ProcessEnv

beforeAll(async () => {
  database = await createTestDatabase()
  const values = { DATABASE_URL: database.url, REDIS_URL: testRedis().url }
  server = await startTestServer(values)
  const { port } = new URL(server.url)
  folder = await mkdtemp(path.join(tmpdir(), "studio-readme-"))
  // Redirects curl to this test's server, whatever address the command names.
  await writeFile(
    path.join(folder, ".curlrc"),
    `connect-to = "${documentedAddress}:127.0.0.1:${port}"\n`,
  )
  const { PATH, HOME } = process.env
  environment = { NODE_ENV: "production", PATH, HOME, ...values, PORT: port, CURL_HOME: folder }
})
afterAll(async () => {
  await server?.kill("SIGTERM")
  await database?.drop()
  if (folder !== undefined) await rm(folder, { recursive: true })
})

/** The commands of a README section, one text per block. */
function blocksOf(heading: string): string[] {
  const section = readFileSync("README.md", "utf8").split(`\n## ${heading}\n`)[1]?.split("\n## ")[0]
  return [...(section ?? "").matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block ?? "")
}

describe("the commands of the README", () => {
  test("create a token, send, replay, resume, stop and read as described", async () => {
    const blocks = blocksOf("Talk to it with curl")
    expect(blocks).toHaveLength(5)
    const script = blocks.join(`echo "${mark}"\n`)
    const { stdout } = await run("bash", ["-c", script], { env: environment, timeout: 60_000 })
    const [agents = "", first = "", again = "", stopped = "", asked = ""] = stdout.split(mark)

    expect(JSON.parse(agents)).toMatchObject({ agents: [{ slug: "assistant" }, { slug: "guide" }] })
    const accepted = jsonLine(first)
    expect(accepted).toMatchObject({ idempotent: false })
    expect(first).toContain("event: text_delta")
    expect(first).toContain("event: done")
    expect(jsonLine(again)).toMatchObject({ idempotent: true, turn_id: accepted["turn_id"] })
    // The last three events after the given cursor.
    expect(again.match(/^id: \d+$/gm)).toHaveLength(3)
    expect(again.match(/^event: .*$/gm)?.at(-1)).toBe("event: done")
    expect(Number(/^id: (\d+)$/m.exec(again)?.[1])).toBeGreaterThan(6)
    expect(stopped).toContain('{"stopped":true}')
    const rows = stopped.split("\n").filter((line) => line.includes('"kind":'))
    const pieces = rows.filter((row) => row.includes('"kind":"text_delta"'))
    expect(pieces.filter((row) => row.includes(String(accepted["turn_id"])))).toHaveLength(1)
    expect(rows.find((row) => row.includes('"stop_reason":"interrupted"'))).toContain('"text":"')
    expect(asked).toContain("The Guide")
  })

  test("ask from the terminal, where Ctrl-C stops the turn", async () => {
    // The Guide's answer takes 1.5 s: on a busy machine it can end before the signal arrives.
    let ending = await askAndPressCtrlC()
    for (let again = 0; again < 2 && ending.outcome === "end"; again++) {
      ending = await askAndPressCtrlC()
    }
    expect(ending).toEqual({ code: 130, outcome: "interrupted" })
  })
})

/** @returns how the command and its turn ended */
async function askAndPressCtrlC(): Promise<{ code: unknown; outcome: string | null }> {
  const { db } = database
  const outcomes = async () =>
    (
      await db.$client<{ outcome: string | null }[]>`
        select payload->>'stop_reason' as outcome from journal where kind = 'final'`
    ).map(({ outcome }) => outcome)
  const before = await outcomes()
  // A process group, as in a terminal: the signal reaches npm and its children.
  const child = spawn("npm", ["run", "-s", "ask", "--", "What is Studio?"], {
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  })
  const closed = once(child, "close")
  let output = ""
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()))
  await waitFor(() => output.length > 20, { timeoutMs: 30_000 })
  process.kill(-(child.pid ?? 0), "SIGINT")
  const [code] = (await closed) as unknown[]
  const [outcome = null] = (await outcomes()).slice(before.length)
  return { code, outcome }
}

/** The first line that is JSON. */
function jsonLine(text: string): Record<string, unknown> {
  return JSON.parse(text.split("\n").find((line) => line.startsWith("{")) ?? "{}") as Record<
    string,
    unknown
  >
}

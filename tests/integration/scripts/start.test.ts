import { spawn, type ChildProcess } from "node:child_process"
import { once } from "node:events"
import { chmod, mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import postgres from "postgres"
import { afterEach, beforeEach, describe, expect, test } from "vitest"

import { findPostgresHome } from "#lib/embedded/postgres-home.ts"
import { ensurePostgres, findPostgres, stopPostgres } from "#lib/embedded/postgres.ts"
import { findRedis, stopRedis } from "#lib/embedded/redis.ts"
import { checkToken, hashToken } from "#lib/tokens/token-format.ts"
import { waitFor } from "#tests/support/wait-for.ts"

// Each creates a cluster, migrates it and starts a process, beside other tests.
describe("the scripts of a fresh folder", { timeout: 200_000 }, () => {
  let dataDir: string
  const children: ChildProcess[] = []

  beforeEach(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), "studio-scripts-"))
    await chmod(dataDir, 0o755)
  })
  afterEach(async () => {
    for (const child of children.splice(0)) if (!hasEnded(child)) child.kill("SIGKILL")
    await stopPostgres(await findPostgresHome(dataDir))
    await stopRedis(path.join(dataDir, "redis"))
    await rm(dataDir, { recursive: true, force: true })
  })

  function run(script: string, args: string[], extra: Record<string, string> = {}) {
    const { DATABASE_URL: _, REDIS_URL: __, STUDIO_URL: ___, ...inherited } = process.env
    const child = spawn(
      process.execPath,
      ["--import", "./scripts/require-node.mjs", `scripts/${script}`, ...args],
      {
        env: { ...inherited, STUDIO_DATA_DIR: dataDir, PORT: "0", ...extra },
        stdio: ["ignore", "pipe", "pipe"],
      },
    )
    children.push(child)
    let output = ""
    let errors = ""
    child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()))
    child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()))
    const ended = once(child, "close").then(([code]) => ({ code: Number(code), output, errors }))
    return { child, ended, output: () => output }
  }

  async function startDriver() {
    const driver = run("start.ts", ["--dev"], { STUDIO_ROLE: "driver" })
    await waitFor(() => driver.output().includes("This driver runs turns"), { timeoutMs: 90_000 })
    return driver
  }

  async function isAnythingRunning(): Promise<boolean> {
    const server = await findPostgres(await findPostgresHome(dataDir))
    return server !== null || (await findRedis(path.join(dataDir, "redis"))) !== null
  }

  test.each(["SIGINT", "SIGTERM"] as const)(
    "a started Studio prints its addresses, and %s leaves nothing running",
    async (signal) => {
      const driver = await startDriver()
      expect(driver.output()).toContain(`data in ${dataDir}/postgres`)
      expect(driver.output()).toContain("made a tenant, and two agents")
      const health = /http:\S+healthz/.exec(driver.output())?.[0] ?? ""
      expect((await fetch(health)).status).toBe(200)
      driver.child.kill(signal)
      expect((await driver.ended).code).toBe(0)
      expect(await isAnythingRunning()).toBe(false)
    },
  )

  test("a start after kill -9 finds everything and creates nothing twice", async () => {
    const first = await startDriver()
    first.child.kill("SIGKILL")
    await first.ended
    const second = await startDriver()
    expect(second.output()).toContain("was already running")
    expect(second.output()).not.toContain("made a tenant")
  })

  test("token:create prints a token that is stored only as its hash, with and without a server", async () => {
    const args = ["--email", "A@b.c", "--name", "bench"]
    const alone = await run("token-create.ts", args).ended
    expect(alone.errors).toBe("")
    expect(alone.output).toMatch(/^\S+\n$/)
    expect(checkToken(alone.output.trim())).toBe(true)

    await startDriver()
    const beside = await run("token-create.ts", [...args, "--admin", "--expires-in-days", "7"])
      .ended
    const home = await findPostgresHome(dataDir)
    const { url } = await ensurePostgres(home)
    const client = postgres(url, { max: 1 })
    const rows = await client<{ email: string; role: string; scopes: string[]; days: number }[]>`
      select email, role, scopes, round(extract(epoch from expires_at - now()) / 86400)::int as days
      from tokens join users on users.id = user_id
      where hash in (${hashToken(alone.output.trim())}, ${hashToken(beside.output.trim())})
      order by tokens.created_at`
    await client.end()
    expect(rows).toEqual([
      { email: "a@b.c", role: "admin", scopes: ["user"], days: null },
      { email: "a@b.c", role: "admin", scopes: ["user", "admin"], days: 7 },
    ])
  })

  test.each([
    [["--email", "a@b.c"], "--name"],
    [["--email", "a@b.c", "--name", "x", "--expires-in-days", "soon"], "number of days"],
    [["--email", "a@b.c", "--name", "x", "--scopes", "admin"], "needs an admin"],
  ])("token:create %j fails with a sentence", async (args, sentence) => {
    const { code, output, errors } = await run("token-create.ts", args).ended
    expect(code).toBe(1)
    expect(output).toBe("")
    expect(errors).toContain(sentence)
    expect(errors).not.toContain("    at ")
  })

  test("ask explains how to start a Studio when none answers", async () => {
    const { code, errors } = await run("ask.ts", ["hello"], { PORT: "9" }).ended
    expect(code).toBe(1)
    expect(errors).toContain("npm run dev")
    expect(await isAnythingRunning()).toBe(false)
  })
})

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

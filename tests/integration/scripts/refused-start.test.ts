import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm } from "node:fs/promises"
import { createServer, type AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"

import { afterAll, beforeAll, expect, test } from "vitest"

import { createTestDatabase, type TestDatabase } from "#tests/support/database.ts"

let database: TestDatabase
let folder: string
const taken = createServer()

beforeAll(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), "studio-refused-"))
  taken.listen(0, "127.0.0.1")
  await once(taken, "listening")
})
afterAll(async () => {
  taken.close()
  await rm(folder, { recursive: true, force: true })
  await database.drop()
})

/** Starts a driver like `npm start`, isolated from this machine's configuration. */
async function start(settings: Record<string, string>) {
  const child = spawn(
    process.execPath,
    ["--import", "./scripts/require-node.mjs", "scripts/start.ts", "--dev"],
    {
      env: {
        NODE_ENV: "test",
        PATH: process.env["PATH"],
        HOME: process.env["HOME"],
        STUDIO_ROLE: "driver",
        STUDIO_DATA_DIR: folder,
        REDIS_URL: "redis://127.0.0.1:1",
        PORT: "0",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    },
  )
  let errors = ""
  child.stdout.resume()
  child.stderr.on("data", (bytes: Buffer) => (errors += bytes.toString()))
  const [code] = await once(child, "close")
  return { code: Number(code), errors: errors.trim() }
}

const withDatabase = () => ({ DATABASE_URL: database.url })

test.each<[string, () => Record<string, string>, RegExp]>([
  ["a short secret", () => ({ STUDIO_SECRET: "abc" }), /^STUDIO_SECRET must have at least 32/],
  ["a path", () => ({ STUDIO_PUBLIC_URL: "https://h/sub" }), /^STUDIO_PUBLIC_URL must not have a/],
  [
    "a raw #",
    () => ({ DATABASE_URL: "postgres://u:hunter2#x@h/d" }),
    /^DATABASE_URL has a # in it/,
  ],
  [
    "a name for a database",
    () => ({ REDIS_URL: "redis://h/foo" }),
    /^REDIS_URL must have the number/,
  ],
  [
    "no server",
    () => ({ DATABASE_URL: "postgres://u:hunter2@127.0.0.1:1/d" }),
    /^PostgreSQL does not/,
  ],
  [
    "an unknown host",
    () => ({ ...withDatabase(), HOST: "nohost.invalid" }),
    /^HOST is nohost\.invalid, which/,
  ],
  [
    "another one's address",
    () => ({ ...withDatabase(), HOST: "192.0.2.1" }),
    /^HOST is 192\.0\.2\.1, which/,
  ],
  ["a taken port", () => ({ ...withDatabase(), PORT: String(portOf()) }), /^Port \d+ is taken/],
  ["a file as folder", () => ({ STUDIO_DATA_DIR: "package.json" }), /package\.json/],
])("%s stops the start with one sentence and no stack", async (_name, settings, sentence) => {
  const { code, errors } = await start(settings())
  expect(errors).toMatch(sentence)
  expect(errors).not.toMatch(/\n|hunter2| {4}at /)
  expect(code).toBe(1)
})

function portOf(): number {
  return (taken.address() as AddressInfo).port
}

import { spawnSync } from "node:child_process"
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"

import { afterEach, beforeEach, expect, test } from "vitest"

const root = path.join(import.meta.dirname, "../../..")
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "studio-patches-"))
  await cp(path.join(root, "patches"), path.join(folder, "patches"), { recursive: true })
  await cp(path.join(root, "scripts"), path.join(folder, "scripts"), { recursive: true })
  await cp(path.join(root, "node_modules/postgres"), path.join(folder, "node_modules/postgres"), {
    recursive: true,
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const checkPatches = () =>
  spawnSync(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `(await import("./scripts/require-patches.mjs")).requirePatches()`,
    ],
    { cwd: folder, encoding: "utf8" },
  )

test("an installed package with all patches is accepted", () => {
  expect(checkPatches().status).toBe(0)
})

test("a driver installed without its patches is refused, and each patch is named", async () => {
  await rm(path.join(folder, "node_modules/postgres/.patch-package.json"))
  const { status, stderr } = checkPatches()
  expect(status).not.toBe(0)
  const names = await readdir(path.join(folder, "patches"))
  expect(names.length).toBeGreaterThan(0)
  for (const name of names) expect(stderr).toContain(name)
  expect(stderr).toContain("npm ci")
})

test("a patch added since the install is refused", async () => {
  await mkdir(path.join(folder, "node_modules/@a/b"), { recursive: true })
  await writeFile(path.join(folder, "patches/@a+b+1.0.0+001+new.patch"), "new")
  expect(checkPatches().stderr).toContain("@a+b+1.0.0+001+new.patch")
})

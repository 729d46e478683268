import { spawnSync } from "node:child_process"
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"

import { z } from "zod"

const folders = ["app", "components", "db", "lib", "scripts", "server.ts"]

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(
      z.object({
        from: z.string(),
        to: z.string(),
        rule: z.object({ name: z.string(), severity: z.string() }),
        cycle: z.array(z.object({ name: z.string() })).optional(),
      }),
    ),
  }),
})

/** Fails on forbidden imports; the rules are in .dependency-cruiser.cjs. */
function checkArchitecture(): void {
  const { stdout, stderr } = spawnSync(
    "depcruise",
    ["--config", ".dependency-cruiser.cjs", "--output-type", "json", ...folders.filter(existsSync)],
    { encoding: "utf8", maxBuffer: 256 * 1024 * 1024, timeout: 300_000 },
  )
  if (stdout === "") throw new Error(`dependency-cruiser said nothing. ${stderr}`)
  const { totalCruised, violations } = report.parse(JSON.parse(stdout)).summary
  for (const { rule, from, to, cycle } of violations) {
    const way = cycle === undefined ? to : cycle.map((module) => module.name).join(" → ")
    console.error(`${rule.name}: ${from} → ${way}`)
  }
  // A tool that finds no modules passes everything, for example with an unsupported TypeScript.
  if (totalCruised < 100) throw new Error(`Only ${totalCruised} modules were seen.`)
  const faults = [
    ...findReaching().map((place) => `sql-only-in-db: ${place} asks the database itself`),
    ...unnamedFolders(),
  ]
  for (const fault of faults) console.error(fault)
  if (violations.length + faults.length > 0) process.exit(1)
  console.log(`Imports: ${totalCruised} modules, all permitted.`)
}

/** Lines outside of db/ that reach for a pool's client, by which all SQL and every transaction goes. */
function findReaching(): string[] {
  return globSync(["app/**/*.{ts,tsx}", "components/**/*.{ts,tsx}", "lib/**/*.ts", "server.ts"])
    .toSorted()
    .flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .flatMap((line, index) => (line.includes("$client") ? [`${file}:${index + 1}`] : [])),
    )
}

/** A folder that neither the map nor the rules know has no place yet. */
function unnamedFolders(): string[] {
  const map = readFileSync("CONTRIBUTING.md", "utf8")
  const rules = readFileSync(".dependency-cruiser.cjs", "utf8")
  const foldersIn = (parent: string) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  const isNamed = (text: string, name: string) =>
    new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text)
  return [
    ...["lib", "components"].flatMap((parent) =>
      foldersIn(parent)
        .filter((name) => !map.includes(`${name}/`))
        .map((name) => `${parent}/${name} is not on the map in CONTRIBUTING.md`),
    ),
    ...foldersIn("lib")
      .filter((name) => !isNamed(rules, name))
      .map((name) => `lib/${name} has no rule in .dependency-cruiser.cjs`),
  ]
}

checkArchitecture()

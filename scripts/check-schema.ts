import { spawnSync } from "node:child_process"
import { cpSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import path from "node:path"

/** Inside the repository, because drizzle-kit accepts only relative folders. */
const copy = `node_modules/.cache/studio-schema-${process.pid}`

/** Fails when db/schema contains a change without a migration in drizzle/. */
function checkSchema(): void {
  mkdirSync(path.dirname(copy), { recursive: true })
  cpSync("drizzle", copy, { recursive: true })
  try {
    const { status, stdout, stderr } = spawnSync(
      "drizzle-kit",
      ["generate", "--dialect=postgresql", "--schema=./db/schema/*.ts", `--out=${copy}`],
      // Without a terminal drizzle-kit cannot ask about a renamed column, and fails as intended.
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: 300_000 },
    )
    const changed = differences()
    if (status === 0 && changed.length === 0) {
      console.log("Schema: the migrations are complete.")
      return
    }
    console.error(`db/schema and drizzle/ differ${changed.map((file) => `\n  ${file}`).join("")}`)
    if (status !== 0) console.error(`${stdout}${stderr}`)
    console.error("Write the migration: npm run db:generate -- --name what-changes")
    process.exitCode = 1
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

function differences(): string[] {
  const files = globSync("**/*.{sql,json}", { cwd: copy })
  return files.filter((file) => read(path.join(copy, file)) !== read(path.join("drizzle", file)))
}

function read(file: string): string | null {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null
    throw error
  }
}

checkSchema()

import { spawn } from "node:child_process"
import { once } from "node:events"
import { parseArgs } from "node:util"

import { explainFailure } from "./explain-failure.ts"
import { provision } from "./provision.ts"
import { testEnvironment } from "./test-environment.ts"

/** The long form of a test file that runs only a few rounds in `npm test`. */
interface Soak {
  does: string
  project: string
  file: string
}

const soaks: Record<string, Soak | undefined> = {
  faults: {
    does: "two servers under random faults: kill -9, SIGSTOP, Redis and PostgreSQL broken in every way",
    project: "integration",
    file: "tests/integration/faults/random-faults.test.ts",
  },
  providers: {
    does: "500 model servers that answer anything, in every wire format, with the next message behind each",
    project: "integration",
    file: "tests/integration/faults/odd-providers.test.ts",
  },
  histories: {
    does: "histories of random conversations, by the rules of the strictest vendor of each wire format",
    project: "unit",
    file: "tests/unit/lib/turns/strict-histories.test.ts",
  },
  bodies: {
    does: "fifty bodies of 16 MiB at once, and 300 that are only promised: memory, and what others wait",
    project: "integration",
    file: "tests/integration/faults/bodies.test.ts",
  },
}

async function soak(): Promise<void> {
  const { values, positionals } = parse()
  const name = positionals[0] ?? ""
  const chosen = soaks[name]
  if (chosen === undefined) throw new Error(`There is no soak named "${name}".\n\n${usage()}`)
  provision([{ command: "redis-server", debianPackage: "redis-server" }])
  const child = spawn(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", `--project=${chosen.project}`, chosen.file],
    {
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...testEnvironment(),
        SOAK: name,
        ...(values.minutes === undefined ? {} : { SOAK_MINUTES: values.minutes }),
        ...(values.rounds === undefined ? {} : { SOAK_ROUNDS: values.rounds }),
        ...(values.seed === undefined ? {} : { SOAK_SEED: values.seed }),
      },
    },
  )
  // The terminal sends Ctrl-C to the child directly; it stops its servers itself.
  process.on("SIGINT", () => {})
  process.on("SIGTERM", () => child.kill("SIGTERM"))
  const [code] = await once(child, "close")
  process.exitCode = code === 0 ? 0 : 1
}

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        minutes: { type: "string" },
        rounds: { type: "string" },
        seed: { type: "string" },
      },
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage()}`, {
      cause: error,
    })
  }
}

function usage(): string {
  const lines = Object.entries(soaks).map(([name, entry]) => `  ${name}  ${entry?.does}`)
  return `npm run soak -- <name> [--minutes n] [--rounds n] [--seed n]\n\n${lines.join("\n")}`
}

await soak().catch(explainFailure)

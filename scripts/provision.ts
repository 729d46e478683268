import { spawnSync } from "node:child_process"
import { accessSync, constants, readFileSync } from "node:fs"
import path from "node:path"

export interface Program {
  /** Name on the PATH, or an absolute path. */
  command: string
  debianPackage: string
}

/**
 * Ensures that the programs are installed: as root on Debian it announces and installs them,
 * elsewhere it throws with the command to run. No test is skipped for a missing program.
 */
export function provision(programs: readonly Program[]): void {
  const missing = programs.filter((program) => !isInstalled(program.command))
  if (missing.length === 0) return
  const packages = missing.map((program) => program.debianPackage)
  const what = missing.map((program) => program.command).join(" and ")
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}`
  if (!isDebian() || process.getuid?.() !== 0) {
    throw new Error(`The tests need ${what}. On Debian, as root:\n  ${command}`)
  }
  console.log(`The tests need ${what}; installing:\n  ${command}`)
  const { status } = spawnSync("sh", ["-c", command], {
    stdio: ["ignore", "inherit", "inherit"],
    timeout: 900_000,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  })
  const stillMissing = missing.filter((program) => !isInstalled(program.command))
  if (status !== 0 || stillMissing.length > 0) {
    throw new Error(`That did not bring ${what}. Try it by hand:\n  ${command}`)
  }
}

function isInstalled(command: string): boolean {
  const places = path.isAbsolute(command)
    ? [command]
    : (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, command))
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch (error) {
      if (error instanceof Error && "code" in error) return false
      throw error
    }
  })
}

/** Excludes derivatives such as Ubuntu, whose package `chromium` is an empty transition package. */
function isDebian(): boolean {
  try {
    return /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"))
  } catch (error) {
    if (error instanceof Error && "code" in error) return false
    throw error
  }
}

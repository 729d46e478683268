// Plain JavaScript: it runs before each script, on any Node.
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const root = path.join(import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url)), "..")

/**
 * Refuses to start when a patch of `patches/` is missing, as after `npm ci --ignore-scripts`:
 * an unpatched PostgreSQL driver loses queries and crashes processes. Writes nothing.
 * @param folder the installation, with `patches/` and `node_modules/`
 * @throws Error that names the patches and the remedy
 */
export function requirePatches(folder = root) {
  const patches = path.join(folder, "patches")
  const missing = readdirSync(patches).filter((name) => {
    if (!name.endsWith(".patch")) return false
    const hash = createHash("sha256")
      .update(readFileSync(path.join(patches, name)))
      .digest("hex")
    // `package+1.2.3+001+title.patch`; for a scope, `@scope+package+1.2.3+…`.
    const [scope, rest] = name.split("+", 2)
    const packageName = name.startsWith("@") ? `${scope}/${rest}` : scope
    return !appliedHashes(folder, packageName).includes(hash)
  })
  if (missing.length === 0) return
  throw new Error(
    `The installed packages lack ${missing.length} of this project's patches:\n` +
      `${missing.map((name) => `  patches/${name}\n`).join("")}` +
      "They are applied after an install: run `npm ci` without --ignore-scripts.",
  )
}

/** patch-package's state file in the folder of a package with several patches. */
function appliedHashes(folder, packageName) {
  try {
    const file = path.join(folder, "node_modules", packageName, ".patch-package.json")
    const { patches } = JSON.parse(readFileSync(file, "utf8"))
    return patches.filter((patch) => patch.didApply).map((patch) => patch.patchContentHash)
  } catch (error) {
    // No state file means no patch was applied.
    if (error.code === "ENOENT") return []
    throw error
  }
}

import module from "node:module"

import { requirePatches } from "./require-patches.mjs"

// Runs before each script, in JavaScript that any Node parses: older versions cannot read
// TypeScript.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `The Studio needs Node 22.18 or newer; this is ${process.versions.node}.\n` +
      "On Linux, `npm ci` brings Node 24 along and `npm run …` uses it (not with --omit=optional).\n" +
      "Elsewhere install Node 24 from https://nodejs.org and try again.",
  )
  process.exit(1)
}
// A second start skips compilation, unless the file system is read-only.
module.enableCompileCache("node_modules/.cache/compile")
try {
  requirePatches()
} catch (error) {
  console.error(`\n${error.message}`)
  process.exit(1)
}

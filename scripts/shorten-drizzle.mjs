// Plain JavaScript: it runs after `npm ci`, on whatever Node the machine has.
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const folder = path.join(import.meta.dirname ?? path.dirname(fileURLToPath(import.meta.url)), "..")
const file = path.join(folder, "node_modules/drizzle-orm/package.json")

/**
 * drizzle-orm 0.45.4 lists each of its 447 entries in `exports`: 179 KB that Node copies and parses
 * anew for every import of or within the package, most of the time that a process of ours takes to
 * start. Nearly all are what one pattern says too, so the pattern takes their place: what can be
 * imported stays the same.
 */
export function shortenDrizzle() {
  const manifest = JSON.parse(readFileSync(file, "utf8"))
  const exports = shortened(manifest.exports)
  if (Object.keys(exports).length === Object.keys(manifest.exports).length) return
  // Several processes may start at once: each sees the file before or after, never in between.
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, JSON.stringify({ ...manifest, exports }))
  renameSync(draft, file)
}

function shortened(exports) {
  const named = Object.entries(exports).filter(
    ([entry, targets]) => entry !== "./*" && !isSame(targets, targetsOf(entry)),
  )
  return { ...Object.fromEntries(named), "./*": targetsOf("./*") }
}

function targetsOf(entry) {
  const esm = { types: `${entry}.d.ts`, default: `${entry}.js` }
  const cjs = { types: `${entry}.d.cts`, default: `${entry}.cjs` }
  return { import: esm, require: cjs, ...esm }
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) shortenDrizzle()

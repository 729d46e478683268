import { writeFile } from "node:fs/promises"
import { cpus, loadavg } from "node:os"
import { parseArgs } from "node:util"

import { killChildren } from "./child.ts"
import { fullPlan, quickPlan } from "./plan.ts"
import { Report } from "./report.ts"
import { openStage } from "./stage.ts"

/**
 * Measures the product beside its floors on this machine, in one run:
 *   npm run bench -- [--quick] [--out results.json] [--only submit,delta] [--against ../other-checkout]
 */
const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    out: { type: "string" },
    only: { type: "string" },
    against: { type: "string" },
    /** Node arguments for the product, for instance `--node=--cpu-prof`. */
    node: { type: "string", multiple: true, default: [] },
    /** Logs the plans of statements slower than this, in ms. */
    explain: { type: "string" },
  },
})

const startedAt = performance.now()
const only = values.only?.split(",")
const plan = values.quick ? quickPlan : fullPlan
const report = new Report()
const [loadBefore = 0] = loadavg()
if (loadBefore > cpus().length / 2) {
  console.log(
    `This machine is busy (load ${loadBefore.toFixed(1)}): times will be long and ratios rough.`,
  )
}
const stage = await openStage({ nodeArguments: values.node, explainMs: values.explain })
process.once("exit", killChildren)
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    killChildren()
    void stage.close().finally(() => process.exit(1))
  })
}

try {
  for (const [name, measure] of Object.entries(plan(values.against))) {
    if (only !== undefined && !only.includes(name)) continue
    console.log(`\n${name}`)
    await measure(stage, report)
  }
} finally {
  await stage.close()
}
const minutes = (performance.now() - startedAt) / 60_000
console.log(`\n${report.table()}\n\n${minutes.toFixed(1)} minutes`)
if (values.out !== undefined) {
  const facts = {
    at: new Date().toISOString(),
    mode: values.quick ? "quick" : "full",
    minutes,
    load: { before: loadBefore, after: loadavg()[0] },
    machine: { cpus: cpus().length, model: cpus()[0]?.model ?? "", node: process.version },
    rows: report.rows,
  }
  await writeFile(values.out, `${JSON.stringify(facts, null, 2)}\n`)
}
process.exit(0)

import path from "node:path"

import { exemptions } from "./tenancy/exemptions.ts"
import { findPredicates } from "./tenancy/find-predicates.ts"
import { findStatements, type Statement } from "./tenancy/find-statements.ts"

interface Exemption {
  owner: string
  tables: string[]
}

/** Fails when a statement on a tenant's rows neither names the tenant nor says why it need not. */
function checkTenancy(): void {
  const statements = findStatements().filter(({ tables }) => tables.length > 0)
  const nameless = statements.filter(({ namesTenant }) => !namesTenant)
  const excused = Object.values(exemptions).flat().map(readExemption)
  const faults = [
    ...nameless
      .filter((statement) => !excused.some((exemption) => covers(exemption, statement)))
      .map(({ file, line, tables }) => `${file}:${line} names no tenant (${tables.join(", ")})`),
    ...excused
      .filter((exemption) => !nameless.some((statement) => covers(exemption, statement)))
      .map(({ owner }) => `scripts/tenancy/exemptions.ts: ${owner} needs none`),
  ]
  for (const fault of faults) console.error(fault)
  if (statements.length === 0) throw new Error("No statement was found.")
  if (faults.length > 0) process.exit(1)
  const named = statements.length - nameless.length
  console.log(
    `Tenancy: ${named} statements name the tenant (${findPredicates().length} conditions), ` +
      `${nameless.length} say why not.`,
  )
}

function readExemption(text: string): Exemption {
  const [owner = "", tables = ""] = text.split(": ")
  return { owner, tables: tables.split(" ") }
}

function covers({ owner, tables }: Exemption, statement: Statement): boolean {
  return (
    owner === `${path.basename(statement.file, ".ts")} ${statement.owner}` &&
    statement.tables.every((table) => tables.includes(table))
  )
}

checkTenancy()

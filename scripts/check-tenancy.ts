import path from "node:path"

import { exemptions } from "./tenancy/exemptions.ts"
import { findBuilt, findConditions } from "./tenancy/find-built.ts"
import { findPredicates } from "./tenancy/find-predicates.ts"
import { findStatements, type Found } from "./tenancy/find-statements.ts"

interface Exemption {
  owner: string
  tables: string[]
}

/** Fails when a statement on tenant rows neither names the tenant nor has an exemption. */
function checkTenancy(): void {
  const built = findBuilt()
  if (built.length === 0) throw new Error("No statement of the query builder was found.")
  const statements: Found[] = [...findStatements(), ...built].filter(
    ({ tables }) => tables.length > 0,
  )
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
    `Tenancy: ${named} statements name the tenant (${findPredicates().length + findConditions().length} conditions), ` +
      `${nameless.length} say why not.`,
  )
}

function readExemption(text: string): Exemption {
  const [owner = "", tables = ""] = text.split(": ")
  return { owner, tables: tables.split(" ") }
}

function covers({ owner, tables }: Exemption, statement: Found): boolean {
  return (
    owner === `${path.basename(statement.file, ".ts")} ${statement.owner}` &&
    statement.tables.every((table) => tables.includes(table))
  )
}

checkTenancy()

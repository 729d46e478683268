import { deleteFact } from "#db/queries/installation.ts"
import { auditSecretFact, getAuditSecret } from "#lib/audit/audit-secret.ts"
import { resignChains } from "#lib/audit/resign-chains.ts"
import { env } from "#lib/env.ts"

import { explainFailure } from "./explain-failure.ts"
import { withInstallation } from "./open-installation.ts"

const usage = `npm run -s audit:resign

Signs the ends of all audit chains with STUDIO_AUDIT_SECRET, once after it was set or changed. Each
chain is verified first, by STUDIO_AUDIT_SECRET_BEFORE, or else by the secret in the database, which
goes away when all are signed. Without STUDIO_AUDIT_SECRET they are signed with the database's.`

async function resign(): Promise<void> {
  if (process.argv.includes("--help")) {
    console.log(usage)
    return
  }
  const { STUDIO_AUDIT_SECRET: configured, STUDIO_AUDIT_SECRET_BEFORE: before } = env()
  if (configured === undefined && before === undefined) throw new Error(usage)
  const { signed, broken } = await withInstallation(
    async (db) => {
      const next = await getAuditSecret(db, configured)
      const old = before ?? (await getAuditSecret(db, undefined))
      const outcome = await resignChains(db, { old, next })
      if (configured !== undefined && outcome.broken.length === 0) {
        await deleteFact(db, auditSecretFact)
      }
      return outcome
    },
    { statementTimeoutMs: 600_000 },
  )
  console.log(`Signed: ${signed.length} ${signed.length === 1 ? "chain" : "chains"}.`)
  if (broken.length === 0) return
  const lines = broken.map(({ tenantId, reason }) => `  tenant ${tenantId}: ${reason}`)
  throw new Error(
    `These do not verify with the previous secret and are unchanged:\n${lines.join("\n")}`,
  )
}

await resign().catch(explainFailure)

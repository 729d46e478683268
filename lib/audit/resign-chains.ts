import type { Database } from "#db/client.ts"
import { findAuditHead, listSealedTenants, replaceHeadMac } from "#db/queries/audit-chain.ts"

import { isOwnHead, signHead } from "./chain.ts"
import { judgeChain } from "./verify-chain.ts"

/** A chain may grow while it is read; a busy one is signed within a few tries. */
const triesMax = 10

interface Resigned {
  /** Tenants whose chain is signed with the new secret now. */
  signed: string[]
  /** Those whose chain does not hold by the old secret: their ends stay as they are. */
  broken: { tenantId: string; reason: string }[]
}

/**
 * Signs the ends of all chains with another secret. Each chain is verified by the old one first:
 * what does not hold is not made right by a new signature.
 */
export async function resignChains(
  db: Database,
  secrets: { old: string; next: string },
): Promise<Resigned> {
  const outcome: Resigned = { signed: [], broken: [] }
  for (const tenantId of await listSealedTenants(db)) {
    const reason = await resignChain(db, tenantId, secrets)
    if (reason === null) outcome.signed.push(tenantId)
    else outcome.broken.push({ tenantId, reason })
  }
  return outcome
}

/** @returns what is wrong with the chain; null when it is signed */
async function resignChain(
  db: Database,
  tenantId: string,
  { old, next }: { old: string; next: string },
): Promise<string | null> {
  for (let tries = 0; tries < triesMax; tries++) {
    const head = await findAuditHead(db, tenantId)
    if (head === null || isOwnHead(next, tenantId, head)) return null
    const walk = judgeChain(db, old, tenantId, head)
    let step = await walk.next()
    while (step.done !== true) step = await walk.next()
    if (!step.value.ok) return step.value.broken_reason ?? "unknown"
    const macs = { old: head.mac, next: signHead(next, tenantId, head) }
    if (await replaceHeadMac(db, tenantId, macs)) return null
  }
  return "it grew all the time"
}

import type { Database } from "#db/client.ts"
import { findAuditHead, listSealedTenants, replaceHeadMac } from "#db/queries/audit-chain.ts"

import { isOwnHead, signHead } from "./chain.ts"
import { judgeChain } from "./verify-chain.ts"

/** A chain may grow while it is verified; a few retries suffice for a busy one. */
const triesMax = 10

interface Resigned {
  /** Tenants whose chain head now carries the new signature. */
  signed: string[]
  /** Tenants whose chain fails verification with the old secret; their heads stay unchanged. */
  broken: { tenantId: string; reason: string }[]
}

/**
 * Signs the heads of all chains with a new secret. Each chain is verified with the old secret first,
 * because a new signature must never validate a broken chain.
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

/** @returns the chain's fault; null when it is signed */
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

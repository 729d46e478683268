import type { Database } from "#db/client.ts"
import { findAuditHead, findChainEnds, listSealedRows } from "#db/queries/audit-chain.ts"
import type { Env } from "#lib/env.ts"
import type { AuditVerdict } from "#lib/protocol/audit.ts"

import { getAuditSecret } from "./audit-secret.ts"
import { chainStart, ChainWalk, isOwnHead, type ChainBreak } from "./chain.ts"

const rowsPerPage = 1_000

/** A place of the chain that somebody has written down before. */
export interface ChainAnchor {
  seq: number
  hash: Buffer
}

/**
 * Follows a tenant's chain from its start to its head, a page in memory at a time; yields after each
 * page, so that who waits can be told that work goes on.
 * @param anchor the row at that place must still have that hash
 */
export async function* verifyChain(
  { db, env }: { db: Database; env: Pick<Env, "STUDIO_AUDIT_SECRET"> },
  tenantId: string,
  anchor: ChainAnchor | null = null,
): AsyncGenerator<undefined, AuditVerdict> {
  const secret = await getAuditSecret(db, env.STUDIO_AUDIT_SECRET)
  return yield* judgeChain(db, secret, tenantId, anchor)
}

/** The same, with the secret by which heads are signed. */
export async function* judgeChain(
  db: Database,
  secret: string,
  tenantId: string,
  anchor: ChainAnchor | null,
): AsyncGenerator<undefined, AuditVerdict> {
  // The head first: what is sealed meanwhile lies beyond it, and is not looked at.
  const head = await findAuditHead(db, tenantId)
  const end = head ?? { ...chainStart, mac: null }
  const walk = new ChainWalk(tenantId)
  let broken: ChainBreak | null = null
  while (broken === null) {
    const rows = await listSealedRows(db, tenantId, { after: walk.seq, upTo: end.seq }, rowsPerPage)
    if (rows.length === 0) break
    for (const row of rows) {
      broken = walk.take(row) ?? anchorBreak(row, anchor)
      if (broken !== null) break
    }
    yield undefined
  }
  const ends = await findChainEnds(db, tenantId)
  broken ??= walk.end(end)
  if (head !== null && !isOwnHead(secret, tenantId, head)) {
    broken ??= { seq: head.seq, reason: "head" }
  }
  if (ends.strayRowSeq !== null) broken ??= { seq: ends.strayRowSeq, reason: "beyond_head" }
  if (ends.hasRowsBeforeStart) broken ??= { seq: 0, reason: "linkage" }
  if (anchor !== null && anchor.seq > walk.seq) {
    broken ??= { seq: anchor.seq, reason: "tail_missing" }
  }
  return toVerdict(walk.seq, end, ends.unsealed, broken)
}

function anchorBreak(
  row: { seq: number; hash: Buffer | null },
  anchor: ChainAnchor | null,
): ChainBreak | null {
  if (anchor === null || row.seq !== anchor.seq || row.hash?.equals(anchor.hash)) return null
  return { seq: row.seq, reason: "anchor" }
}

function toVerdict(
  checked: number,
  head: { seq: number; hash: Buffer },
  unsealed: number,
  broken: ChainBreak | null,
): AuditVerdict {
  return {
    checked,
    ok: broken === null,
    ...(broken === null ? {} : { broken_at_seq: broken.seq, broken_reason: broken.reason }),
    unsealed,
    ...(head.seq === 0 ? {} : { head: { seq: head.seq, hash: head.hash.toString("hex") } }),
  }
}

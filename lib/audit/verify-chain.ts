import type { Database } from "#db/client.ts"
import { findAuditHead, findChainEnds, listSealedRows } from "#db/queries/audit-chain.ts"
import type { Env } from "#lib/env.ts"
import type { AuditVerdict } from "#lib/protocol/audit.ts"

import { getAuditSecret } from "./audit-secret.ts"
import { chainStart, ChainWalk, isOwnHead, type ChainBreak } from "./chain.ts"

const rowsPerPage = 1_000

/** A chain position and hash noted earlier, outside the database. */
export interface ChainAnchor {
  seq: number
  hash: Buffer
}

/**
 * Verifies a tenant's chain from start to head, one page in memory at a time; yields after each page,
 * so that callers can report progress.
 * @param anchor the row at that position must still have that hash
 */
export async function* verifyChain(
  { db, env }: { db: Database; env: Pick<Env, "STUDIO_AUDIT_SECRET"> },
  tenantId: string,
  anchor: ChainAnchor | null = null,
): AsyncGenerator<undefined, AuditVerdict> {
  const secret = await getAuditSecret(db, env.STUDIO_AUDIT_SECRET)
  return yield* judgeChain(db, secret, tenantId, anchor)
}

/** `verifyChain` with a given head-signing secret. */
export async function* judgeChain(
  db: Database,
  secret: string,
  tenantId: string,
  anchor: ChainAnchor | null,
): AsyncGenerator<undefined, AuditVerdict> {
  // Read the head first: records sealed meanwhile lie beyond it and are ignored.
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

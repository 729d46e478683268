import { createHash, createHmac, timingSafeEqual } from "node:crypto"

import type { AuditContent, AuditHead, Seal, SealedRow } from "#db/queries/audit-chain.ts"

/** Predecessor of a chain's first row. */
export const chainStart = { seq: 0, hash: Buffer.alloc(32) } as const

/**
 * The hash of a record at its position: SHA-256 over the previous hash and a JSON array of tenant, seq
 * and every field of the record.
 * @see docs/protocol.md#audit
 */
export function hashRecord(
  prevHash: Uint8Array,
  tenantId: string,
  seq: number,
  row: AuditContent,
): Buffer {
  const content = JSON.stringify([
    tenantId,
    seq,
    row.id,
    row.at,
    row.actorId,
    row.credentialKind,
    row.credentialId,
    row.action,
    row.targetKind,
    row.targetId,
    row.subjectId,
    row.detail,
    row.requestId,
    row.address,
  ])
  return createHash("sha256").update(prevHash).update(content).digest()
}

export function signHead(
  secret: string,
  tenantId: string,
  head: { seq: number; hash: Buffer },
): Buffer {
  return createHmac("sha256", secret)
    .update(`${tenantId}:${head.seq}:${head.hash.toString("hex")}`)
    .digest()
}

/** Whether this installation wrote that head. */
export function isOwnHead(secret: string, tenantId: string, head: AuditHead): boolean {
  const expected = signHead(secret, tenantId, head)
  return head.mac.length === expected.length && timingSafeEqual(head.mac, expected)
}

/** Appends records to a tenant's chain. */
export function sealRows(
  secret: string,
  tenantId: string,
  head: { seq: number; hash: Buffer } | null,
  rows: readonly AuditContent[],
): Seal {
  let { seq, hash }: { seq: number; hash: Buffer } = head ?? chainStart
  const sealed = rows.map((row) => {
    const prevHash = hash
    seq += 1
    hash = hashRecord(prevHash, tenantId, seq, row)
    return { id: row.id, seq, prevHash, hash }
  })
  return { rows: sealed, head: { seq, hash, mac: signHead(secret, tenantId, { seq, hash }) } }
}

/**
 * Why a chain is invalid, in order: a record was altered; it does not link to its predecessor; one is
 * missing in between; the tail is missing; the head is absent or not signed by us; unsealed rows lie
 * beyond the head; the hash at an anchor differs.
 */
type BreakReason =
  | "content"
  | "linkage"
  | "missing"
  | "tail_missing"
  | "head"
  | "beyond_head"
  | "anchor"

export interface ChainBreak {
  seq: number
  reason: BreakReason
}

/** Verifies a chain row by row in constant memory. */
export class ChainWalk {
  readonly #tenantId: string
  #seq: number
  #hash: Buffer

  constructor(tenantId: string, from: { seq: number; hash: Buffer } = chainStart) {
    this.#tenantId = tenantId
    this.#seq = from.seq
    this.#hash = from.hash
  }

  get seq(): number {
    return this.#seq
  }

  /** @returns null when the row links to the chain, else where and why it breaks */
  take(row: SealedRow): ChainBreak | null {
    const seq = this.#seq + 1
    if (row.seq !== seq) return { seq, reason: "missing" }
    if (row.prevHash === null || !row.prevHash.equals(this.#hash)) return { seq, reason: "linkage" }
    const hash = hashRecord(this.#hash, this.#tenantId, seq, row)
    if (row.hash === null || !row.hash.equals(hash)) return { seq, reason: "content" }
    this.#seq = seq
    this.#hash = hash
    return null
  }

  /** Checks that the chain ends at its head. */
  end(head: { seq: number; hash: Buffer }): ChainBreak | null {
    if (this.#seq < head.seq) return { seq: this.#seq + 1, reason: "tail_missing" }
    return this.#hash.equals(head.hash) ? null : { seq: head.seq, reason: "head" }
  }
}

import type { TransactionSql } from "postgres"

import type { AuditAction } from "#lib/protocol/audit.ts"

import type { Database, Sql } from "../client.ts"
import { query } from "../query.ts"
import { audit } from "../schema/audit.ts"

/** Who acts, and through what. */
export interface AuditActor {
  tenantId: string
  /** Null = the installation itself. */
  actorId: string | null
  credentialKind: "session" | "token" | null
  credentialId: string | null
  requestId: string | null
  address: string | null
}

export interface AuditRecord {
  id: string
  action: AuditAction
  targetKind?: string
  targetId?: string
  /** Whose the target is. */
  subjectId?: string
  /** Small, and never a secret or a message. */
  detail?: Readonly<Record<string, unknown>>
}

/** Nobody acts: a script, by somebody who has the machine, or housekeeping. */
export function scriptOf({ tenantId }: Pick<AuditActor, "tenantId">): AuditActor {
  return {
    tenantId,
    actorId: null,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address: null,
  }
}

/**
 * Writes one record. Give it the transaction of what it records: both are there, or neither.
 * @param record `id` is a fresh one of lib/ids.ts
 */
export async function insertAudit(
  on: Database | Sql | TransactionSql,
  actor: AuditActor,
  record: AuditRecord,
): Promise<void> {
  await query(on)
    .insert(audit)
    .values({
      id: record.id,
      tenantId: actor.tenantId,
      actorId: actor.actorId,
      credentialKind: actor.credentialKind,
      credentialId: actor.credentialId,
      action: record.action,
      targetKind: record.targetKind,
      targetId: record.targetId,
      subjectId: record.subjectId,
      detail: JSON.stringify(record.detail ?? {}),
      requestId: actor.requestId,
      address: actor.address,
    })
}

import type { TransactionSql } from "postgres"

import type { AuditAction } from "#lib/protocol/audit.ts"

import type { Sql } from "../client.ts"

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

/**
 * Writes one record. Give it the transaction of what it records: both are there, or neither.
 * @param record `id` is a fresh one of lib/ids.ts
 */
export async function insertAudit(
  sql: Sql | TransactionSql,
  actor: AuditActor,
  record: AuditRecord,
): Promise<void> {
  await sql`
    insert into audit (id, tenant_id, actor_id, credential_kind, credential_id, action,
      target_kind, target_id, subject_id, detail, request_id, address)
    values (${record.id}, ${actor.tenantId}, ${actor.actorId}, ${actor.credentialKind},
      ${actor.credentialId}, ${record.action}, ${record.targetKind ?? null},
      ${record.targetId ?? null}, ${record.subjectId ?? null},
      ${JSON.stringify(record.detail ?? {})}::json, ${actor.requestId}, ${actor.address})`
}

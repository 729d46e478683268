import type { TransactionSql } from "postgres"

import type { Database, Sql } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"

import type { CrowdedTenant, TenantFixture } from "./fixture.ts"

/** The environment of a probe: a transaction that is rolled back. */
export interface ProbeContext {
  /** The database passed to queries. */
  db: Database
  /** The same transaction, for the probe itself. */
  sql: TransactionSql
  /** A separate connection, which sees only committed rows. */
  outside: Sql
  ours: TenantFixture
  theirs: TenantFixture
  crowd: CrowdedTenant
  /**
   * Runs a callback right before a statement containing this text, to prove that each statement
   * checks the tenant itself, even when the rows found by the previous one have changed owner
   * since.
   */
  before(text: string, happening: (sql: TransactionSql) => { execute(): unknown }): void
}

/** Invariants between two tenants, keyed by their description. */
export type Probes = Readonly<Record<string, (context: ProbeContext) => Promise<void>>>

export function actorOf(
  side: TenantFixture,
  actorId = side.ownerId,
): AuditActor & { actorId: string } {
  return {
    tenantId: side.tenantId,
    actorId,
    credentialKind: "session",
    credentialId: side.sessionId,
    requestId: null,
    address: null,
  }
}

/** Moves rows of our tenant to the other one. */
export function move(
  context: ProbeContext,
  table: "agents" | "conversations" | "invitations" | "tokens" | "turns" | "users",
  id: string,
) {
  return (sql: TransactionSql) =>
    sql`update ${sql(table)} set tenant_id = ${context.theirs.tenantId} where id = ${id}`
}

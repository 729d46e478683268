import type { TransactionSql } from "postgres"

import type { Database, Sql } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"

import type { Crowd, Side } from "./ground.ts"

/** Where a probe stands: in a transaction of its own, of which nothing stays. */
export interface Ground {
  /** What the queries are given. */
  db: Database
  /** The same transaction, for the probe itself. */
  sql: TransactionSql
  /** Another connection: it sees no more than everybody. */
  outside: Sql
  ours: Side
  theirs: Side
  crowd: Crowd
  /**
   * Lets something happen right before a statement that holds this text: each statement stands for
   * itself, also when what the one before has found is somebody else's by now.
   */
  before(text: string, happening: (sql: TransactionSql) => { execute(): unknown }): void
}

/** What holds between two tenants, by the sentence that says so. */
export type Probes = Readonly<Record<string, (ground: Ground) => Promise<void>>>

export function actorOf(side: Side, actorId = side.ownerId): AuditActor & { actorId: string } {
  return {
    tenantId: side.tenantId,
    actorId,
    credentialKind: "session",
    credentialId: side.sessionId,
    requestId: null,
    address: null,
  }
}

/** Gives rows of ours to the other tenant. */
export function move(
  ground: Ground,
  table: "agents" | "conversations" | "invitations" | "tokens" | "turns" | "users",
  id: string,
) {
  return (sql: TransactionSql) =>
    sql`update ${sql(table)} set tenant_id = ${ground.theirs.tenantId} where id = ${id}`
}

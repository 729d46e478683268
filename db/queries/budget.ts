import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { isTenant } from "../in-tenant.ts"
import { query } from "../query.ts"
import { tenants } from "../schema/people.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

/** Tokens a tenant may use in a calendar month; null = as many as it likes. */
export async function getTokenLimit(db: Database, tenantId: string): Promise<number | null> {
  const [row] = await query(db)
    .select({ limit: tenants.monthlyTokenLimit })
    .from(tenants)
    .where(isTenant(tenantId))
  return row?.limit ?? null
}

/** Sets the limit, with a record of what it was. */
export async function changeTokenLimit(
  db: Database,
  actor: AuditActor,
  limit: number | null,
): Promise<void> {
  await db.$client.begin(async (tx) => {
    const before = await updateTokenLimit(tx, actor.tenantId, limit)
    await insertAudit(tx, actor, {
      id: newId(),
      action: "budget.changed",
      targetKind: "tenant",
      targetId: actor.tenantId,
      detail: { from: before, to: limit },
    })
  })
}

/** @returns the limit it replaces */
async function updateTokenLimit(
  tx: TransactionSql,
  tenantId: string,
  limit: number | null,
): Promise<number | null> {
  const [row] = await query(tx)
    .select({ before: tenants.monthlyTokenLimit })
    .from(tenants)
    .where(isTenant(tenantId))
    .for("update")
  await query(tx).update(tenants).set({ monthlyTokenLimit: limit }).where(isTenant(tenantId))
  return row?.before ?? null
}

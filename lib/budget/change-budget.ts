import type { Database } from "#db/client.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { changeTokenLimit, getTokenLimit } from "#db/queries/budget.ts"
import { sumMonthTokens } from "#db/queries/usage.ts"
import type { Budget } from "#lib/protocol/budget.ts"

/** A tenant's month so far. */
export async function readBudget(db: Database, tenantId: string, now: Date): Promise<Budget> {
  const [limit, used] = await Promise.all([
    getTokenLimit(db, tenantId),
    sumMonthTokens(db, tenantId),
  ])
  const nextMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1))
  return { monthly_token_limit: limit, used_tokens: used, resets_at: nextMonth.toISOString() }
}

/** Sets the limit and records who did, in one transaction. */
export async function changeBudget(
  db: Database,
  actor: AuditActor,
  limit: number | null,
): Promise<void> {
  await changeTokenLimit(db, actor, limit)
}

import type { Database } from "#db/client.ts"
import { getTokenLimit } from "#db/queries/budget.ts"
import { sumMonthTokens } from "#db/queries/usage.ts"
import type { Budget } from "#lib/protocol/budget.ts"

/** A tenant's usage in the current month. @param nowMs Unix milliseconds */
export async function readBudget(
  { db }: { db: Database },
  { tenantId }: { tenantId: string },
  { nowMs }: { nowMs: number },
): Promise<Budget> {
  const [limit, used] = await Promise.all([
    getTokenLimit(db, tenantId),
    sumMonthTokens(db, tenantId),
  ])
  const now = new Date(nowMs)
  const nextMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1))
  return { monthly_token_limit: limit, used_tokens: used, resets_at: nextMonth.toISOString() }
}

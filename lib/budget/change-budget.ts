import { changeTokenLimit } from "#db/queries/budget.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import type { Budget } from "#lib/protocol/budget.ts"

import { readBudget } from "./read-budget.ts"

interface BudgetContext extends VerbContext {
  /** This process's cache of budget checks. */
  budgets: { forget(tenantId: string): void }
}

/**
 * Sets the limit of the caller's tenant and records the change.
 * @param input `limit` null = none
 */
export async function changeBudget(
  context: BudgetContext,
  principal: Principal,
  { limit, nowMs }: { limit: number | null; nowMs: number },
): Promise<Budget> {
  await changeTokenLimit(context.db, actorOf(context, principal), limit)
  context.budgets.forget(principal.tenantId)
  return await readBudget(context, principal, { nowMs })
}

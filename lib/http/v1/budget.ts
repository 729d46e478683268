import { changeBudget } from "#lib/budget/change-budget.ts"
import { readBudget } from "#lib/budget/read-budget.ts"
import { budget, changeBudgetBody } from "#lib/protocol/budget.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"

const path = "/v1/admin/budget"

export const get = route({
  method: "GET",
  path,
  summary: "The tenant's tokens of this month, and their limit",
  scope: "admin",
  replies: {
    200: { description: "Current figures; a turn counts once it has ended.", shape: budget },
  },
  async run({ runtime, principal }) {
    return jsonReply(200, await readBudget(runtime, principal, { nowMs: runtime.clock.now() }))
  },
})

export const change = route({
  method: "PATCH",
  path,
  summary: "Limit the tenant's monthly tokens",
  scope: "admin",
  body: changeBudgetBody,
  replies: {
    200: { description: "The new budget; effective in all processes within 3 s.", shape: budget },
  },
  async run({ runtime, principal, call, body }) {
    const context = { ...contextOf(call), budgets: runtime.budgets }
    const input = { limit: body.monthly_token_limit, nowMs: runtime.clock.now() }
    return jsonReply(200, await changeBudget(context, principal, input))
  },
})

import { reportUsage } from "#lib/admin/report-usage.ts"
import { usageQuery, usageReport } from "#lib/protocol/usage.ts"

import { jsonReply } from "../reply.ts"
import { route } from "../route.ts"

export const report = route({
  method: "GET",
  path: "/v1/admin/usage",
  summary: "Turns, failures, tokens, cost and latency by day, agent or person",
  scope: "admin",
  query: usageQuery,
  replies: { 200: { description: "The sums.", shape: usageReport } },
  async run({ runtime, principal, query }) {
    const { from, to, by } = query
    const nowMs = runtime.clock.now()
    return jsonReply(
      200,
      await reportUsage(runtime.db, principal.tenantId, { from, to, by, nowMs }),
    )
  },
})

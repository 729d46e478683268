import { exportConversations } from "#lib/admin/export-conversations.ts"
import { adminConversationQuery } from "#lib/protocol/admin.ts"

import { plainHeaders } from "../reply.ts"
import { route } from "../route.ts"
import { contextOf } from "../verb-context.ts"

export const exportList = route({
  method: "GET",
  path: "/v1/admin/conversations/export",
  summary: "The tenant's conversations as CSV, filtered as in the administrators' list",
  scope: "admin",
  query: adminConversationQuery,
  replies: { 200: { description: "CSV with a header line.", contentTypes: ["text/csv"] } },
  async run({ call, runtime, principal, query }) {
    const chunks = await exportConversations(contextOf(call), principal, query)
    const day = new Date(runtime.clock.now()).toISOString().slice(0, 10)
    return {
      status: 200,
      headers: {
        ...plainHeaders,
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": `attachment; filename="conversations-${day}.csv"`,
      },
      body: { chunks },
    }
  },
})

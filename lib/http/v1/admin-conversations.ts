import { insertAudit } from "#db/queries/audit.ts"
import { writeConversationCsv } from "#lib/admin/conversation-csv.ts"
import { toAdminFilter } from "#lib/admin/conversation-filter.ts"
import { newId } from "#lib/ids.ts"
import { adminConversationQuery } from "#lib/protocol/admin.ts"

import { auditActor } from "../audit-actor.ts"
import { plainHeaders } from "../reply.ts"
import { route } from "../route.ts"

export const exportList = route({
  method: "GET",
  path: "/v1/admin/conversations/export",
  summary: "The tenant's conversations as CSV, filtered as in the administrators' list",
  scope: "admin",
  query: adminConversationQuery,
  replies: { 200: { description: "CSV with a header line.", contentTypes: ["text/csv"] } },
  async run({ call, runtime, principal, query }) {
    const filter = toAdminFilter(principal, query)
    await insertAudit(runtime.db, auditActor(call, principal), {
      id: newId(),
      action: "conversations.exported",
      detail: { ...query },
    })
    const day = new Date(runtime.clock.now()).toISOString().slice(0, 10)
    return {
      status: 200,
      headers: {
        ...plainHeaders,
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": `attachment; filename="conversations-${day}.csv"`,
      },
      body: {
        chunks: writeConversationCsv(runtime.db, { filter, sort: query.sort ?? "recent" }),
      },
    }
  },
})

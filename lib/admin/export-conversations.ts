import { insertAudit } from "#db/queries/audit.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { newId } from "#lib/ids.ts"
import type { AdminConversationQuery } from "#lib/protocol/admin.ts"

import { writeConversationCsv } from "./conversation-csv.ts"
import { toAdminFilter } from "./conversation-filter.ts"

/**
 * Exports the matching conversations of the caller's tenant as CSV; writes an audit record.
 * @returns pages, read lazily
 */
export async function exportConversations(
  context: VerbContext,
  principal: Principal,
  query: AdminConversationQuery,
): Promise<AsyncIterable<string>> {
  const { db } = context
  const filter = toAdminFilter(principal, query)
  const detail = { ...query }
  const record = { id: newId(), action: "conversations.exported", detail } as const
  await insertAudit(db, actorOf(context, principal), record)
  return writeConversationCsv(db, { filter, sort: query.sort ?? "recent" })
}

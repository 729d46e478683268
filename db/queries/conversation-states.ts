import type { Database, Sql } from "../client.ts"
import { conversationColumns, type ConversationRow } from "./conversations.ts"

/** A conversation as one participant sees it. */
export interface ConversationStateRow extends ConversationRow {
  userId: string
}

interface StateViewer {
  tenantId: string
  userId: string
}

/** The conversations of latest activity that each of these people owns. */
export async function listNewestStates(
  db: Database,
  viewers: readonly StateViewer[],
  perViewerMax: number,
): Promise<ConversationStateRow[]> {
  const sql = db.$client
  return await sql<ConversationStateRow[]>`
    select viewers.user_id, ${conversationColumns(sql)}
    from ${viewersTable(sql, viewers)}
    cross join lateral (
      select newest.* from conversations newest
      where newest.owner_id = viewers.user_id and newest.tenant_id = viewers.tenant_id
        and newest.deleted_at is null
      order by newest.last_activity_at desc, newest.id desc
      limit ${perViewerMax}
    ) conversations
    join participants on participants.user_id = viewers.user_id
      and participants.conversation_id = conversations.id
    join agents on agents.id = conversations.agent_id
    left join heads on heads.conversation_id = conversations.id`
}

/** Those of the named conversations in which these people take part, once for each of them. */
export async function listNamedStates(
  db: Database,
  viewers: readonly StateViewer[],
  conversationIds: readonly string[],
): Promise<ConversationStateRow[]> {
  const sql = db.$client
  return await sql<ConversationStateRow[]>`
    select viewers.user_id, ${conversationColumns(sql)}
    from unnest(${conversationIds.slice()}::uuid[]) as named (id)
    join participants on participants.conversation_id = named.id
    join ${viewersTable(sql, viewers)} on viewers.user_id = participants.user_id
      and viewers.tenant_id = participants.tenant_id
    join conversations on conversations.id = participants.conversation_id
      and conversations.tenant_id = participants.tenant_id
      and conversations.deleted_at is null
    join agents on agents.id = conversations.agent_id
    left join heads on heads.conversation_id = conversations.id`
}

function viewersTable(sql: Sql, viewers: readonly StateViewer[]) {
  return sql`unnest(
      ${viewers.map((viewer) => viewer.tenantId)}::uuid[],
      ${viewers.map((viewer) => viewer.userId)}::uuid[]
    ) as viewers (tenant_id, user_id)`
}

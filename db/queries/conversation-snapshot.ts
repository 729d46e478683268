import type { Database } from "../client.ts"
import { conversationColumns, type ConversationRow, type ViewerScope } from "./conversations.ts"

export interface SnapshotTurn {
  turnId: string
  messageId: string
  messageSeq: number
  status: "queued" | "running"
  attempt: number
  interruptRequested: boolean
  /** RFC 3339 or null. */
  startedAt: string | null
  createdAt: string
  /** The payload of its `message` event; null for the running turn. */
  message: unknown
}

interface SnapshotParticipant {
  userId: string
  name: string
  image: string | null
}

export interface ConversationSnapshot extends ConversationRow {
  ownerId: string
  people: SnapshotParticipant[]
  /** Open turns in the order of the queue. */
  turns: SnapshotTurn[]
}

interface SnapshotRow extends Omit<ConversationSnapshot, "people" | "turns"> {
  /** JSON text. */
  people: string
  turns: string
}

/**
 * A conversation with its head and its open turns as of one moment: one statement, one snapshot.
 * @returns null when it is not there or the viewer may not see it
 */
export async function findConversationSnapshot(
  db: Database,
  viewer: ViewerScope,
  conversationId: string,
): Promise<ConversationSnapshot | null> {
  const sql = db.$client
  const [row] = await sql<SnapshotRow[]>`
    select ${conversationColumns(sql)}, conversations.owner_id,
      (select coalesce(json_agg(json_build_object(
          'userId', users.id, 'name', users.name, 'image', users.image) order by users.name, users.id),
          '[]'::json)
        from participants others join users on users.id = others.user_id
        where others.conversation_id = conversations.id
          and users.tenant_id = conversations.tenant_id) as people,
      (select coalesce(json_agg(json_build_object(
          'turnId', turns.id, 'messageId', turns.message_id, 'messageSeq', turns.message_seq,
          'status', turns.status, 'attempt', turns.attempt,
          'interruptRequested', turns.interrupt_requested_at is not null or
            (turns.status = 'running' and heads.interrupt),
          'startedAt', ${utc(sql, "started_at")}, 'createdAt', ${utc(sql, "created_at")},
          'message', case when turns.status = 'queued' then journal.payload end)
          order by turns.message_seq), '[]'::json)
        from turns
        left join journal on journal.conversation_id = turns.conversation_id
          and journal.seq = turns.message_seq
        where turns.conversation_id = conversations.id
          and turns.tenant_id = conversations.tenant_id
          and turns.status in ('queued', 'running')) as turns
    from conversations
    join agents on agents.id = conversations.agent_id
    left join heads on heads.conversation_id = conversations.id
    left join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${viewer.userId}
    where conversations.id = ${conversationId}
      and conversations.tenant_id = ${viewer.tenantId}
      and conversations.deleted_at is null
      and (${viewer.isAdmin} or participants.user_id is not null)`
  if (row === undefined) return null
  const { people, turns, ...conversation } = row
  return { ...conversation, people: JSON.parse(people), turns: JSON.parse(turns) }
}

function utc(sql: Database["$client"], column: string) {
  return sql`to_char(turns.${sql(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

import { foldText } from "#lib/fold-text.ts"

import type { Database, Sql } from "../client.ts"
import type { Row } from "../row.ts"
import type { agents } from "../schema/agents.ts"
import type { conversations, heads, participants } from "../schema/conversations.ts"
import type { journal } from "../schema/journal.ts"

/** Who asks. `isAdmin` = sees every conversation of the tenant, not only the own. */
export interface ViewerScope {
  tenantId: string
  userId: string
  isAdmin: boolean
}

export interface ConversationRow
  extends
    Row<
      typeof conversations,
      | "id"
      | "agentId"
      | "channelKind"
      | "mode"
      | "readOnly"
      | "title"
      | "titleIsCustom"
      | "preview"
      | "lastActivityAt"
    >,
    Row<typeof heads, "queued" | "lastSeq"> {
  agentSlug: Agent["slug"]
  agentName: Agent["displayName"]
  agentAvatarUrl: Agent["avatarUrl"]
  agentStatus: Agent["status"]
  isRunning: boolean
  /** Null when the viewer does not take part. */
  readSeq: Row<typeof participants, "readSeq">["readSeq"] | null
}

type Agent = typeof agents.$inferSelect

/** The columns of `ConversationRow` over conversations, agents, heads and participants. */
export function conversationColumns(sql: Sql) {
  return sql`
    conversations.id, conversations.agent_id, agents.slug as agent_slug,
    agents.display_name as agent_name, agents.avatar_url as agent_avatar_url,
    agents.status as agent_status, conversations.channel_kind,
    conversations.mode, conversations.read_only, conversations.title,
    conversations.title_is_custom, conversations.preview,
    conversations.last_activity_at,
    coalesce(heads.run_turn is not null, false) as is_running,
    coalesce(heads.queued, 0) as queued, coalesce(heads.last_seq, 0) as last_seq,
    participants.read_seq`
}

interface Access extends Row<typeof conversations, "readOnly"> {
  isParticipant: boolean
}

/** Whether the viewer takes part in a conversation that is there, and whether it takes messages. */
export async function findAccess(
  db: Database,
  viewer: ViewerScope,
  conversationId: string,
): Promise<Access | null> {
  const [row] = await db.$client<Access[]>`
    select participants.user_id is not null as is_participant,
      conversations.read_only
    from conversations
    left join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${viewer.userId}
    where conversations.id = ${conversationId}
      and conversations.tenant_id = ${viewer.tenantId}
      and conversations.deleted_at is null
      and (${viewer.isAdmin} or participants.user_id is not null)`
  return row ?? null
}

interface NewConversation {
  id: string
  tenantId: string
  ownerId: string
  agentId: string
}

/**
 * Creates a web conversation with its head and its owner, in one statement.
 * @returns the status of the agent (nothing is created unless it is `active`), or null when the
 * tenant has no such agent; `isNew` is false when the id is there already
 */
export async function insertConversation(
  db: Database,
  conversation: NewConversation,
): Promise<{ status: "active" | "disabled"; isNew: boolean } | null> {
  const { id, tenantId, ownerId, agentId } = conversation
  const [row] = await db.$client<(Row<typeof agents, "status"> & { isNew: boolean })[]>`
    with agent as (
      select id, status from agents where id = ${agentId} and tenant_id = ${tenantId}
    ),
    created as (
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_kind, channel_thread,
        is_searchable)
      select ${id}::uuid, ${tenantId}::uuid, agent.id, ${ownerId}::uuid, 'web', ${id}::text, true
      from agent where agent.status = 'active'
      on conflict do nothing
      returning id
    ),
    head as (insert into heads (conversation_id) select id from created),
    owner as (
      insert into participants (conversation_id, user_id, tenant_id)
      select id, ${ownerId}::uuid, ${tenantId}::uuid from created
    )
    select status, exists (select 1 from created) as is_new from agent`
  return row ?? null
}

/** The agent of a conversation its owner has made; null when there is none by that id. */
export async function findOwnedAgent(
  db: Database,
  conversation: { id: string; tenantId: string; ownerId: string },
): Promise<{ agentId: string; isDeleted: boolean } | null> {
  const { id, tenantId, ownerId } = conversation
  const [row] = await db.$client<(Row<typeof conversations, "agentId"> & { isDeleted: boolean })[]>`
    select agent_id, deleted_at is not null as is_deleted from conversations
    where id = ${id} and tenant_id = ${tenantId} and owner_id = ${ownerId}`
  return row ?? null
}

/** Notes what a participant has seen, never backwards and never beyond the head. */
export async function markRead(
  db: Database,
  reader: { tenantId: string; userId: string; conversationId: string; seq: number },
): Promise<boolean> {
  const rows = await db.$client`
    update participants
    set read_seq = greatest(participants.read_seq, least(${reader.seq}::bigint, heads.last_seq))
    from conversations
    join heads on heads.conversation_id = conversations.id
    where participants.conversation_id = ${reader.conversationId}
      and participants.user_id = ${reader.userId}
      and participants.tenant_id = ${reader.tenantId}
      and conversations.id = participants.conversation_id
      and conversations.tenant_id = ${reader.tenantId}
      and conversations.deleted_at is null
    returning 1`
  return rows.length > 0
}

/** `seq` and `payload` are those of the `title` event. */
type RenamedRow = Row<typeof conversations, "title" | "titleIsCustom"> &
  Row<typeof journal, "seq" | "payload">

/**
 * Pins a title, or with null goes back to the automatic one, and journals `title` in the same
 * statement: the head is locked first, as everywhere.
 * @returns null when the conversation is not there or not the user's
 */
export async function renameConversation(
  db: Database,
  rename: { tenantId: string; userId: string; conversationId: string; title: string | null },
): Promise<RenamedRow | null> {
  const { tenantId, userId, conversationId, title } = rename
  const next = title ?? (await findAutomaticTitle(db, rename))
  const [row] = await db.$client<RenamedRow[]>`
    with raised as (
      update heads set last_seq = heads.last_seq + 1
      from conversations
      join participants on participants.conversation_id = conversations.id
        and participants.user_id = ${userId}
      where heads.conversation_id = ${conversationId}
        and conversations.id = heads.conversation_id
        and conversations.tenant_id = ${tenantId}
        and conversations.deleted_at is null
      returning heads.conversation_id, heads.last_seq
    ),
    renamed as (
      update conversations
      set title = coalesce(${title}, conversations.automatic_title),
        title_is_custom = ${title !== null},
        -- Another automatic title has come meanwhile: the trigger leaves it to housekeeping.
        search_title = case
          when ${title}::text is not null or conversations.automatic_title is not distinct from ${next}
            then ${next === null ? null : foldText(next)}
          else conversations.search_title
        end
      from raised
      where conversations.id = raised.conversation_id
      returning conversations.id, conversations.title, conversations.title_is_custom
    ),
    journaled as (
      insert into journal (conversation_id, seq, first_seq, kind, payload)
      select raised.conversation_id, raised.last_seq, raised.last_seq, 'title',
        json_build_object('title', coalesce(renamed.title, ''))
      from raised join renamed on renamed.id = raised.conversation_id
      returning seq, payload
    )
    select renamed.title, renamed.title_is_custom, journaled.seq,
      journaled.payload
    from renamed, journaled`
  return row ?? null
}

/** What the title of a conversation goes back to. */
export async function findAutomaticTitle(
  db: Database,
  { tenantId, conversationId }: { tenantId: string; conversationId: string },
): Promise<string | null> {
  const [row] = await db.$client<{ title: string | null }[]>`
    select automatic_title as title from conversations
    where id = ${conversationId} and tenant_id = ${tenantId}`
  return row?.title ?? null
}

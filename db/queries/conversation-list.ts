import type { Database, Sql } from "../client.ts"
import { conversationColumns, type ConversationRow, type ViewerScope } from "./conversations.ts"

export interface ConversationFilter {
  viewer: ViewerScope
  /** Substring of title, agent name or preview; never empty. */
  q?: string
  /** Only the newest so many conversations are searched: short texts match no index. */
  newestOnly?: number
  /** Unset = every mode. */
  mode?: string
  /** Unset = every kind but e-mail. */
  channelKind?: string
}

/** Where a page begins: after this place of the order. */
export interface ListPosition {
  /** Milliseconds of the last activity, or the title (null = untitled). */
  key: number | string | null
  id: string
}

export interface ListRange {
  sort: "recent" | "oldest" | "title"
  after: ListPosition | null
  offset: number
  rowsMax: number
}

/** One page of a viewer's conversations. */
export async function listConversations(
  db: Database,
  filter: ConversationFilter,
  range: ListRange,
): Promise<ConversationRow[]> {
  const sql = db.$client
  return await sql<ConversationRow[]>`
    select ${conversationColumns(sql)}
    from ${source(sql, filter)}
    join agents on agents.id = conversations.agent_id
    left join heads on heads.conversation_id = conversations.id
    ${participantJoin(sql, filter.viewer)}
    where ${matches(sql, filter)} ${afterPosition(sql, range)}
    order by ${order(sql, range.sort)}
    limit ${range.rowsMax} offset ${range.offset}`
}

/** How many conversations match, counted no further than `countMax`. */
export async function countConversations(
  db: Database,
  filter: ConversationFilter,
  countMax: number,
): Promise<number> {
  const sql = db.$client
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (
      select 1
      from ${source(sql, filter)}
      join agents on agents.id = conversations.agent_id
      ${participantJoin(sql, filter.viewer)}
      where ${matches(sql, filter)}
      limit ${countMax}
    ) found`
  return row?.count ?? 0
}

/** Without the admin view only what the viewer takes part in. */
function participantJoin(sql: Sql, viewer: ViewerScope) {
  const kind = viewer.isAdmin ? sql`left join` : sql`join`
  return sql`${kind} participants on participants.conversation_id = conversations.id
    and participants.user_id = ${viewer.userId}`
}

function source(sql: Sql, filter: ConversationFilter) {
  if (filter.newestOnly === undefined) return sql`conversations`
  return sql`(
    select conversations.* from conversations
    ${participantJoin(sql, filter.viewer)}
    where conversations.tenant_id = ${filter.viewer.tenantId} and conversations.deleted_at is null
    order by conversations.last_activity_at desc, conversations.id desc
    limit ${filter.newestOnly}
  ) conversations`
}

function matches(sql: Sql, filter: ConversationFilter) {
  const channel =
    filter.channelKind === undefined
      ? sql`conversations.channel_kind <> 'email'`
      : sql`conversations.channel_kind = ${filter.channelKind}`
  return sql`conversations.tenant_id = ${filter.viewer.tenantId}
    and conversations.deleted_at is null
    and ${channel}
    ${filter.mode === undefined ? sql`` : sql`and conversations.mode = ${filter.mode}`}
    ${filter.q === undefined ? sql`` : containing(sql, filter.q)}`
}

function containing(sql: Sql, q: string) {
  const pattern = `%${q.replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`
  return sql`and (conversations.title ilike ${pattern} or agents.display_name ilike ${pattern}
    or conversations.preview ilike ${pattern})`
}

function order(sql: Sql, sort: ListRange["sort"]) {
  switch (sort) {
    case "recent":
      return sql`conversations.last_activity_at desc, conversations.id desc`
    case "oldest":
      return sql`conversations.last_activity_at, conversations.id`
    case "title":
      return sql`lower(conversations.title) collate "C" nulls last, conversations.id`
  }
}

function afterPosition(sql: Sql, range: ListRange) {
  const { after } = range
  if (after === null) return sql``
  const place = sql`conversations.last_activity_at, conversations.id`
  switch (range.sort) {
    case "recent":
      return sql`and (${place}) < (${moment(sql, after.key)}, ${after.id}::uuid)`
    case "oldest":
      return sql`and (${place}) > (${moment(sql, after.key)}, ${after.id}::uuid)`
    case "title":
      if (after.key === null) {
        return sql`and conversations.title is null and conversations.id > ${after.id}::uuid`
      }
      return sql`and (conversations.title is null
        or (lower(conversations.title) collate "C", conversations.id)
          > (lower(${String(after.key)}::text) collate "C", ${after.id}::uuid))`
  }
}

function moment(sql: Sql, unixMs: ListPosition["key"]) {
  return sql`to_timestamp(${Number(unixMs)}::float8 / 1000)::timestamptz(3)`
}

import type { Database, Sql } from "../client.ts"
import {
  orderOf,
  whereAfter,
  whereContaining,
  whereListed,
  type ConversationFilter,
  type ListRange,
} from "./conversation-conditions.ts"
import { countFound, listFoundIds } from "./conversation-search.ts"
import { conversationColumns, type ConversationRow } from "./conversations.ts"
import { matchText, type TextMatch } from "./text-match.ts"

/** The lowest id there is: where the untitled begin. */
const nilId = "00000000-0000-0000-0000-000000000000"

/** One page of a viewer's conversations. */
export async function listConversations(
  db: Database,
  filter: ConversationFilter,
  range: ListRange,
): Promise<ConversationRow[]> {
  const sql = db.$client
  const ids = await listConversationIds(db, filter, range)
  if (ids.length === 0) return []
  return await sql<ConversationRow[]>`
    select ${conversationColumns(sql)}
    from unnest(${ids}::uuid[]) with ordinality as page (id, place)
    join conversations on conversations.id = page.id
    join agents on agents.id = conversations.agent_id
    left join heads on heads.conversation_id = conversations.id
    left join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${filter.viewer.userId}
    where conversations.tenant_id = ${filter.viewer.tenantId}
    order by page.place`
}

/** Which conversations a page shows, in its order. */
export async function listConversationIds(
  db: Database,
  filter: ConversationFilter,
  range: ListRange,
): Promise<string[]> {
  const sought = await seek(db, filter)
  const ids = await listRangeIds(db, sought, range)
  const isTitled = range.sort === "title" && range.after !== null && range.after.key !== null
  if (!isTitled || ids.length >= range.rowsMax) return ids
  const untitled = await listRangeIds(db, sought, {
    ...range,
    after: { key: null, id: nilId },
    rowsMax: range.rowsMax - ids.length,
  })
  return [...ids, ...untitled]
}

type SoughtFilter = ConversationFilter & { match?: TextMatch }

async function seek(db: Database, filter: ConversationFilter): Promise<SoughtFilter> {
  if (filter.q === undefined) return filter
  return { ...filter, match: await matchText(db, filter.viewer.tenantId, filter.q) }
}

async function listRangeIds(
  db: Database,
  filter: SoughtFilter,
  range: ListRange,
): Promise<string[]> {
  if (isSearchedByIndex(filter)) return await listFoundIds(db, filter, range)
  const sql = db.$client
  const rows = await sql<{ id: string }[]>`
    select conversations.id from ${source(sql, filter)}
    where ${whereListed(sql, filter)} and ${whereAfter(sql, range)} ${textOf(sql, filter)}
    order by ${orderOf(sql, range.sort)}
    limit ${range.rowsMax} offset ${range.offset}`
  return rows.map((row) => row.id)
}

/** How many conversations match, counted no further than `countMax`. */
export async function countConversations(
  db: Database,
  filter: ConversationFilter,
  countMax: number,
): Promise<number> {
  const sought = await seek(db, filter)
  if (isSearchedByIndex(sought)) return await countFound(db, sought, countMax)
  const sql = db.$client
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (
      select 1 from ${source(sql, filter)}
      where ${whereListed(sql, filter)} ${textOf(sql, sought)}
      order by ${orderOf(sql, "recent")} limit ${countMax}
    ) found`
  return row?.count ?? 0
}

/** One person's conversations are few enough to be looked through. */
function isSearchedByIndex(
  filter: SoughtFilter,
): filter is ConversationFilter & { match: TextMatch } {
  return filter.match !== undefined && filter.newestOnly === undefined && filter.viewer.isAdmin
}

function source(sql: Sql, { viewer, newestOnly }: ConversationFilter) {
  if (newestOnly === undefined) return sql`conversations`
  return sql`(
    select conversations.* from conversations
    where conversations.tenant_id = ${viewer.tenantId} and conversations.deleted_at is null
      ${viewer.isAdmin ? sql`` : sql`and conversations.owner_id = ${viewer.userId}`}
    order by ${orderOf(sql, "recent")}
    limit ${newestOnly}
  ) conversations`
}

function textOf(sql: Sql, { match }: SoughtFilter) {
  return match === undefined ? sql`` : sql`and ${whereContaining(sql, match)}`
}

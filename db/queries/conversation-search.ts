import type { Database, Sql } from "../client.ts"
import {
  containing,
  orderOf,
  whereAfter,
  whereContaining,
  whereListed,
  type ConversationFilter,
  type ListRange,
} from "./conversation-conditions.ts"

/**
 * A text that is common fills a page from the next few thousand conversations; for one that is not,
 * the trigram index gives few enough to sort.
 */
const windowRows = 3_000
/** The index is behind by a second or two: so many of the newest are looked at themselves. */
const freshRows = 1_000
/** Found so often among the fresh, a text is counted faster by looking than by the index. */
const commonMin = freshRows / 20

type Search = ConversationFilter & { q: string }

/** The ids of a page of the tenant's conversations that contain a text, in the page's order. */
export async function listFoundIds(
  db: Database,
  filter: Search,
  range: ListRange,
): Promise<string[]> {
  const sql = db.$client
  const near = await sql<{ id: string }[]>`
    select conversations.id
    from (
      select id, agent_id, title, preview, last_activity_at from conversations
      where ${whereListed(sql, filter)} and ${whereAfter(sql, range)}
      order by ${orderOf(sql, range.sort)} limit ${windowRows}
    ) conversations
    join agents on agents.id = conversations.agent_id
    where ${whereContaining(sql, filter.q)}
    order by ${orderOf(sql, range.sort)}
    limit ${range.rowsMax} offset ${range.offset}`
  if (near.length === range.rowsMax) return near.map((row) => row.id)
  const rowsMax = range.offset + range.rowsMax
  const far = await sql<{ id: string }[]>`
    select conversations.id
    from conversations join agents on agents.id = conversations.agent_id
    where conversations.id = any (array(
        select conversation_id from conversation_texts
        where tenant_id = ${filter.viewer.tenantId} and text ilike ${containing(filter.q)}
        union ${ofNewest(sql, filter)}
        union ${ofNamedAgents(sql, filter, range, rowsMax)}
      ))
      and ${whereListed(sql, filter)} and ${whereAfter(sql, range)}
      and ${whereContaining(sql, filter.q)}
    order by ${orderOf(sql, range.sort)}
    limit ${range.rowsMax} offset ${range.offset}`
  return far.map((row) => row.id)
}

/** How many of the tenant's conversations contain a text, counted no further than `countMax`. */
export async function countFound(db: Database, filter: Search, countMax: number): Promise<number> {
  const sql = db.$client
  const [near] = await sql<{ count: number }[]>`
    select count(*)::int as count from (${ofNewest(sql, filter)}) found`
  const isCommon = (near?.count ?? 0) >= commonMin
  const found = isCommon ? byLooking(sql, filter) : byIndex(sql, filter, countMax)
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (${found} limit ${countMax}) found`
  return row?.count ?? 0
}

function byLooking(sql: Sql, filter: Search) {
  return sql`
    select conversations.id from conversations join agents on agents.id = conversations.agent_id
    where ${whereListed(sql, filter)} and ${whereContaining(sql, filter.q)}
    order by ${orderOf(sql, "recent")}`
}

/** Each part stops at the limit: together they are exact below it, and at least it above. */
function byIndex(sql: Sql, filter: Search, countMax: number) {
  const pattern = containing(filter.q)
  return sql`
    select id from (
      (
        select conversations.id
        from conversation_texts join conversations on conversations.id = conversation_id
        where conversation_texts.tenant_id = ${filter.viewer.tenantId}
          and conversation_texts.text ilike ${pattern}
          and (conversations.title ilike ${pattern} or conversations.preview ilike ${pattern})
          and ${whereListed(sql, filter)}
        limit ${countMax}
      )
      union ${ofNewest(sql, filter)}
      union ${ofNamedAgents(sql, filter, { sort: "recent", after: null }, countMax)}
    ) parts`
}

/** The matches among the newest of the tenant: what changed a moment ago is not in the index. */
function ofNewest(sql: Sql, filter: Search) {
  return sql`(
    select conversations.id
    from (
      select id, agent_id, title, preview from conversations
      where ${whereListed(sql, filter)}
      order by ${orderOf(sql, "recent")} limit ${freshRows}
    ) conversations
    join agents on agents.id = conversations.agent_id
    where ${whereContaining(sql, filter.q)}
  )`
}

function ofNamedAgents(
  sql: Sql,
  filter: Search,
  range: Pick<ListRange, "sort" | "after">,
  rowsMax: number,
) {
  return sql`(
    select named.id
    from agents cross join lateral (
      select conversations.id from conversations
      where conversations.agent_id = agents.id and ${whereListed(sql, filter)}
        and ${whereAfter(sql, { ...range, offset: 0, rowsMax })}
      order by ${orderOf(sql, range.sort)} limit ${rowsMax}
    ) named
    where agents.tenant_id = ${filter.viewer.tenantId}
      and agents.display_name ilike ${containing(filter.q)}
  )`
}

import type { Database, Sql } from "../client.ts"
import {
  containing,
  orderOf,
  whereAfter,
  whereContaining,
  whereListed,
  whereTextContains,
  type ConversationFilter,
  type ListRange,
} from "./conversation-conditions.ts"
import type { TextMatch } from "./text-match.ts"

/**
 * So many are looked at first: they tell how common a text is, and hold whatever has changed so
 * lately that the trigram index, which is behind by a second or two, does not know it.
 */
const nearRows = 1_000
/** Found less often among them, a text is found faster by the index than by looking on. */
const commonMin = 6
/** More than this is not looked through for a page. */
const wideRowsMax = 100_000
/** Looking on, what is found varies. */
const spare = 1.5
/** Found so often, a text is counted faster by looking. */
const countedByLookingMin = 50

type Search = ConversationFilter & { match: TextMatch }

/** The ids of a page of the tenant's conversations that contain a text, in the page's order. */
export async function listFoundIds(
  db: Database,
  filter: Search,
  range: ListRange,
): Promise<string[]> {
  const sql = db.$client
  const wanted = range.offset + range.rowsMax
  const near = await listWithin(sql, filter, range, nearRows)
  const wideRows = Math.ceil((spare * wanted * nearRows) / Math.max(1, near.length))
  const isCommon = near.length >= commonMin && wideRows <= wideRowsMax
  if (near.length < wanted && isCommon) {
    const wide = await listWithin(sql, filter, range, wideRows)
    if (wide.length === wanted) return wide.slice(range.offset)
  }
  if (near.length === wanted) return near.slice(range.offset)
  return await listByIndex(sql, filter, range, near)
}

/** The first matches among the first rows of the range. */
async function listWithin(
  sql: Sql,
  filter: Search,
  range: ListRange,
  rows: number,
): Promise<string[]> {
  const found = await sql<{ id: string }[]>`
    select conversations.id
    from (
      select id, agent_id, title, preview, search_title, search_preview, is_searchable,
        last_activity_at
      from conversations
      where ${whereListed(sql, filter)} and ${whereAfter(sql, range)}
      order by ${orderOf(sql, range.sort)} limit ${rows}
    ) conversations
    where ${whereContaining(sql, filter.match)}
    order by ${orderOf(sql, range.sort)}
    limit ${range.offset + range.rowsMax}`
  return found.map((row) => row.id)
}

/** @param near the matches among the first rows: read downwards, what has changed lately is there */
async function listByIndex(
  sql: Sql,
  filter: Search,
  range: ListRange,
  near: readonly string[],
): Promise<string[]> {
  const rowsMax = range.offset + range.rowsMax
  const fresh =
    range.sort === "recent"
      ? sql`select unnest(${near.slice()}::uuid[])`
      : sql`${ofNewest(sql, filter)}`
  const rows = await sql<{ id: string }[]>`
    select conversations.id from conversations
    where conversations.id = any (array(
        select conversation_id from conversation_texts
        where tenant_id = ${filter.viewer.tenantId} and ${whereIndexed(sql, filter.match)}
        union ${fresh}
        union ${ofNamedAgents(sql, filter, range, rowsMax)}
      ))
      and ${whereListed(sql, filter)} and ${whereAfter(sql, range)}
      and ${whereContaining(sql, filter.match)}
    order by ${orderOf(sql, range.sort)}
    limit ${range.rowsMax} offset ${range.offset}`
  return rows.map((row) => row.id)
}

/** How many of the tenant's conversations contain a text, counted no further than `countMax`. */
export async function countFound(db: Database, filter: Search, countMax: number): Promise<number> {
  const sql = db.$client
  const [near] = await sql<{ count: number }[]>`
    select count(*)::int as count from (${ofNewest(sql, filter)}) found`
  const isCommon = (near?.count ?? 0) >= countedByLookingMin
  const found = isCommon ? byLooking(sql, filter) : byIndex(sql, filter, countMax)
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from (${found} limit ${countMax}) found`
  return row?.count ?? 0
}

function byLooking(sql: Sql, filter: Search) {
  return sql`
    select conversations.id from conversations
    where ${whereListed(sql, filter)} and ${whereContaining(sql, filter.match)}
    order by ${orderOf(sql, "recent")}`
}

/** Each part stops at the limit: together they are exact below it, and at least it above. */
function byIndex(sql: Sql, filter: Search, countMax: number) {
  return sql`
    select id from (
      (
        select conversations.id
        from conversation_texts join conversations on conversations.id = conversation_id
        where conversation_texts.tenant_id = ${filter.viewer.tenantId}
          and ${whereIndexed(sql, filter.match)}
          and ${whereTextContains(sql, filter.match)}
          and ${whereListed(sql, filter)}
        limit ${countMax}
      )
      union ${ofNewest(sql, filter)}
      union ${ofNamedAgents(sql, filter, { sort: "recent", after: null }, countMax)}
    ) parts`
}

/** What the index finds: folded, or as typed where a text is not folded yet. */
function whereIndexed(sql: Sql, { folded, raw, hasUnsearchable }: TextMatch) {
  const indexed = sql`conversation_texts.text ilike ${containing(telling(folded))}`
  if (!hasUnsearchable || raw.toLowerCase() === folded) return indexed
  return sql`(${indexed} or conversation_texts.text ilike ${containing(telling(raw))})`
}

/**
 * The part of a text that the index is asked for: of a text with numbers in it the longest of them,
 * for the words beside one are mostly common, and the index takes time for each of them.
 */
function telling(text: string): string {
  const numbers = text.split(/\s+/).filter((part) => /\p{N}[\p{L}\p{N}]{2}/u.test(part))
  return numbers.toSorted((a, b) => b.length - a.length)[0] ?? text
}

/** The matches among the newest of the tenant: what changed a moment ago is not in the index. */
function ofNewest(sql: Sql, filter: Search) {
  return sql`(
    select conversations.id
    from (
      select id, agent_id, title, preview, search_title, search_preview, is_searchable
      from conversations
      where ${whereListed(sql, filter)}
      order by ${orderOf(sql, "recent")} limit ${nearRows}
    ) conversations
    where ${whereContaining(sql, filter.match)}
  )`
}

function ofNamedAgents(
  sql: Sql,
  filter: Search,
  range: Pick<ListRange, "sort" | "after">,
  rowsMax: number,
) {
  return sql`(
    select found.id
    from unnest(${[...filter.match.agentIds]}::uuid[]) as agent (id)
    cross join lateral (
      select conversations.id from conversations
      where conversations.agent_id = agent.id and ${whereListed(sql, filter)}
        and ${whereAfter(sql, { ...range, offset: 0, rowsMax })}
      order by ${orderOf(sql, range.sort)} limit ${rowsMax}
    ) found
  )`
}

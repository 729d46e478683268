import type { TextHit } from "#lib/protocol/admin.ts"

import type { Database, Sql } from "../client.ts"
import { momentOf } from "../moment.ts"
import { wordsMatch, type SearchPosition, type WordFilter } from "./search.ts"

/**
 * Words that are common fill a page from the next few thousand texts; of those that are not, the
 * index on words gives few enough to sort.
 */
const windowRows = 2_000

interface TextSearch {
  tenantId: string
  texts: WordFilter
  ownerId?: string
  /** Unix milliseconds of the text, from the first and before the second. */
  fromMs?: number
  beforeMs?: number
  after: SearchPosition | null
  rowsMax: number
}

/** A hit with the whole text. */
interface TextHitRow extends Omit<TextHit, "snippet"> {
  body: string
}

interface TextHitRows {
  hits: TextHitRow[]
  /** Where the next page begins; null when this is the last. */
  next: SearchPosition | null
}

/**
 * What anybody of the tenant and their agents said, the newest first. What is deleted and not gone
 * yet leaves its place on a page empty.
 */
export async function listTextHits(db: Database, search: TextSearch): Promise<TextHitRows> {
  const near = await listNear(db.$client, search)
  const found = near.length > search.rowsMax ? near : await listFar(db.$client, search)
  const places = found.slice(0, search.rowsMax)
  const next = found.length > search.rowsMax ? (places.at(-1) ?? null) : null
  return { hits: await readHits(db, search.tenantId, places), next }
}

async function listNear(sql: Sql, search: TextSearch): Promise<SearchPosition[]> {
  return await sql<SearchPosition[]>`
    select conversation_id, seq,
      (extract(epoch from at) * 1000)::float8 as at_ms
    from (
      select conversation_id, seq, at, words from search_entries
      where ${whereText(sql, search)}
      order by at desc, conversation_id desc, seq desc limit ${windowRows}
    ) search_entries
    where ${wordsMatch(sql, search.texts)}
    order by at desc, conversation_id desc, seq desc limit ${search.rowsMax + 1}`
}

/** Materialized, for else the order by time is walked in the hope of a hit soon. */
async function listFar(sql: Sql, search: TextSearch): Promise<SearchPosition[]> {
  return await sql<SearchPosition[]>`
    with found as materialized (
      select conversation_id, seq, at from search_entries
      where ${whereText(sql, search)} and ${wordsMatch(sql, search.texts)}
    )
    select conversation_id, seq,
      (extract(epoch from at) * 1000)::float8 as at_ms
    from found order by at desc, conversation_id desc, seq desc limit ${search.rowsMax + 1}`
}

async function readHits(
  db: Database,
  tenantId: string,
  places: readonly SearchPosition[],
): Promise<TextHitRow[]> {
  if (places.length === 0) return []
  return await db.$client<TextHitRow[]>`
    select search_entries.conversation_id, search_entries.seq,
      search_entries.kind, conversations.title, users.name as owner_name,
      conversations.agent_id, agents.display_name as agent_name,
      search_entries.body, (extract(epoch from search_entries.at) * 1000)::float8 as at_ms
    from unnest(
      ${places.map((place) => place.conversationId)}::uuid[],
      ${places.map((place) => String(place.seq))}::text[]::bigint[]
    ) with ordinality as page (conversation_id, seq, place)
    join search_entries using (conversation_id, seq)
    join conversations on conversations.id = search_entries.conversation_id
    join users on users.id = conversations.owner_id
    join agents on agents.id = conversations.agent_id
    where conversations.tenant_id = ${tenantId} and conversations.deleted_at is null
    order by page.place`
}

function whereText(sql: Sql, search: TextSearch) {
  const { ownerId, fromMs, beforeMs, after } = search
  const parts = [sql`search_entries.tenant_id = ${search.tenantId}`]
  if (ownerId !== undefined) parts.push(sql`search_entries.owner_id = ${ownerId}`)
  if (fromMs !== undefined) parts.push(sql`search_entries.at >= ${momentOf(sql, fromMs)}`)
  if (beforeMs !== undefined) parts.push(sql`search_entries.at < ${momentOf(sql, beforeMs)}`)
  if (after !== null) {
    parts.push(sql`
      (search_entries.at, search_entries.conversation_id, search_entries.seq)
        < (${momentOf(sql, after.atMs)}, ${after.conversationId}::uuid, ${after.seq}::bigint)`)
  }
  return parts.reduce((all, part) => sql`${all} and ${part}`)
}

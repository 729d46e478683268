import type { TransactionSql } from "postgres"

import type { Database, Sql } from "../client.ts"
import { containing } from "./conversation-conditions.ts"
import type { ViewerScope } from "./conversations.ts"

/** A text to be found again. @see db/schema/search.ts */
export interface SearchEntry {
  seq: number
  kind: "message" | "answer"
  body: string
  /** Without spaces and quotes. */
  words: readonly string[]
  at: Date
}

/** Stores the texts of an ended turn; again is harmless. A deleted conversation gets none. */
export async function insertSearchEntries(
  sql: TransactionSql,
  turn: { conversationId: string; turnId: string },
  entries: readonly SearchEntry[],
): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into search_entries
      (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body, words, at)
    select conversations.id, entry.seq::bigint, conversations.tenant_id, conversations.owner_id,
      ${turn.turnId}, entry.kind, entry.body,
      array_to_tsvector(string_to_array(entry.words, ' ')), entry.at::timestamptz
    from conversations, unnest(
      ${entries.map((entry) => String(entry.seq))}::text[],
      ${entries.map((entry) => entry.kind)}::text[],
      ${entries.map((entry) => entry.body)}::text[],
      ${entries.map((entry) => entry.words.join(" "))}::text[],
      ${entries.map((entry) => entry.at.toISOString())}::text[]
    ) as entry (seq, kind, body, words, at)
    where conversations.id = ${turn.conversationId} and conversations.deleted_at is null
    on conflict (conversation_id, seq) do update set body = excluded.body, words = excluded.words`
}

/** Words as `lib/search/words.ts` makes them: without spaces and quotes. */
export interface WordFilter {
  words: readonly string[]
  prefix: string | null
}

/** All of the words, as Postgres looks for them in `search_entries.words`. */
export function wordsMatch(sql: Sql, { words, prefix }: WordFilter) {
  const terms = [...words.map((word) => `'${word}'`), ...(prefix === null ? [] : [`'${prefix}':*`])]
  return sql`search_entries.words @@ ${terms.join(" & ")}::text::tsquery`
}

export interface SearchHitRow {
  conversationId: string
  agentId: string
  /** 0 for a title. */
  seq: number
  kind: "title" | "message" | "answer"
  title: string
  body: string
  /** Unix milliseconds. */
  atMs: number
}

/** Where a page begins: after this hit. */
export type SearchPosition = Pick<SearchHitRow, "atMs" | "conversationId" | "seq">

/** A part of a title, as typed and folded. */
export interface TitlePart {
  raw: string
  folded: string
}

interface SearchRequest {
  viewer: ViewerScope
  /** Null = not among texts. */
  texts: WordFilter | null
  /** Parts a title must contain; null = not among titles. */
  titles: readonly TitlePart[] | null
  after: SearchPosition | null
  rowsMax: number
}

/**
 * Hits among the titles and texts of the conversations a viewer takes part in now, the newest
 * first. With the admin view: of the whole tenant.
 */
export async function searchConversations(
  db: Database,
  request: SearchRequest,
): Promise<SearchHitRow[]> {
  const sql = db.$client
  const { texts, titles, rowsMax } = request
  const sources = [
    ...(texts === null ? [] : textSources(sql, request, texts)),
    ...(titles === null ? [] : [titleSource(sql, request, titles)]),
  ]
  const [first, ...rest] = sources
  if (first === undefined) return []
  const found = rest.reduce((all, source) => sql`${all} union all (${source})`, sql`(${first})`)
  return await sql<SearchHitRow[]>`
    select hits.conversation_id, hits.agent_id, hits.seq, hits.kind, hits.title, hits.body,
      (extract(epoch from hits.at) * 1000)::float8 as at_ms
    from (${found}) hits
    order by hits.at desc, hits.conversation_id desc, hits.seq desc
    limit ${rowsMax}`
}

/** Own conversations by the index on owners, and those of others that the viewer takes part in. */
function textSources(sql: Sql, request: SearchRequest, texts: WordFilter) {
  const { viewer } = request
  const source = (scope: ReturnType<Sql>) => sql`
    select search_entries.conversation_id, conversations.agent_id, search_entries.seq,
      search_entries.kind,
      coalesce(conversations.title, '') as title, search_entries.body, search_entries.at
    from search_entries
    join conversations on conversations.id = search_entries.conversation_id
    ${participation(sql, viewer)}
    where search_entries.tenant_id = ${viewer.tenantId} and conversations.deleted_at is null
      and ${wordsMatch(sql, texts)} and ${scope}
      ${after(sql, request, sql`search_entries.at, search_entries.conversation_id, search_entries.seq`)}
    order by search_entries.at desc, search_entries.conversation_id desc, search_entries.seq desc
    limit ${request.rowsMax}`
  if (viewer.isAdmin) return [source(sql`true`)]
  return [
    source(sql`search_entries.owner_id = ${viewer.userId}`),
    source(sql`search_entries.owner_id <> ${viewer.userId}
      and search_entries.conversation_id = any (array(
        select shared.id from participants
        join conversations shared on shared.id = participants.conversation_id
        where participants.user_id = ${viewer.userId}
          and shared.tenant_id = ${viewer.tenantId} and shared.owner_id <> ${viewer.userId}))`),
  ]
}

function titleSource(sql: Sql, request: SearchRequest, titles: readonly TitlePart[]) {
  const { viewer } = request
  const patterns = titles.map(({ folded }) => containing(folded))
  const rawPatterns = titles.map(({ raw }) => containing(raw))
  return sql`
    select conversations.id as conversation_id, conversations.agent_id, 0::bigint as seq, 'title' as kind,
      conversations.title, conversations.title as body, conversations.last_activity_at as at
    from conversations
    ${participation(sql, viewer)}
    where conversations.tenant_id = ${viewer.tenantId} and conversations.deleted_at is null
      and (conversations.search_title like all (${patterns}::text[])
        or not conversations.is_searchable
          and conversations.title ilike all (${rawPatterns}::text[]))
      ${after(sql, request, sql`conversations.last_activity_at, conversations.id, 0::bigint`)}
    order by conversations.last_activity_at desc, conversations.id desc
    limit ${request.rowsMax}`
}

function participation(sql: Sql, viewer: ViewerScope) {
  if (viewer.isAdmin) return sql``
  return sql`join participants on participants.conversation_id = conversations.id
    and participants.user_id = ${viewer.userId}`
}

function after(sql: Sql, request: SearchRequest, place: ReturnType<Sql>) {
  if (request.after === null) return sql``
  const { atMs, conversationId, seq } = request.after
  return sql`and (${place}) < (
    to_timestamp(${atMs}::float8 / 1000)::timestamptz(3), ${conversationId}::uuid, ${seq}::bigint)`
}

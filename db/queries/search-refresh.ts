import { foldText } from "#lib/fold-text.ts"

import type { Database, Sql } from "../client.ts"
import { indexedText } from "./conversation-conditions.ts"
import { hasUnsearchable } from "./text-match.ts"

/**
 * Writes what search compares of conversations whose title or preview was written without it.
 * Conversations that somebody else has locked are left to a later call.
 * @returns how many were written
 */
export async function refreshConversations(db: Database, rowsMax: number): Promise<number> {
  if (!(await hasUnsearchable(db))) return 0
  return await db.$client.begin(async (sql) => {
    const rows = await sql<{ id: string; title: string | null; preview: string | null }[]>`
      select id, title, preview from conversations where not is_searchable
      order by id limit ${rowsMax}
      for no key update skip locked`
    await sql`
      update conversations
      set search_title = row.title, search_preview = row.preview, is_searchable = true
      from unnest(
        ${rows.map(({ id }) => id)}::uuid[],
        ${rows.map(({ title }) => (title === null ? null : foldText(title)))}::text[],
        ${rows.map(({ preview }) => (preview === null ? null : foldText(preview)))}::text[]
      ) as row (id, title, preview)
      where conversations.id = row.id`
    const ids = rows.map(({ id }) => id)
    await sql`${textsOf(db.$client, ids)}`
    return rows.length
  })
}

/** Brings `conversation_texts` of conversations up to date, whatever a process has written there. */
export async function refreshTexts(db: Database, ids: readonly string[]): Promise<void> {
  await textsOf(db.$client, ids)
}

function textsOf(sql: Sql, ids: readonly string[]) {
  return sql`
    insert into conversation_texts (conversation_id, tenant_id, text)
    select id, tenant_id, ${indexedText(sql)} from conversations
    where id = any (${[...ids]}::uuid[]) and deleted_at is null
    order by id
    on conflict (conversation_id) do update set text = excluded.text
      where conversation_texts.text <> excluded.text`
}

/** The place of a row of `search_entries`. */
export interface EntryPlace {
  conversationId: string
  seq: number
}

/** Rows of `search_entries` after a place, in the order of their key. */
export async function listEntries(
  db: Database,
  after: EntryPlace,
  rowsMax: number,
): Promise<(EntryPlace & { body: string })[]> {
  return await db.$client<(EntryPlace & { body: string })[]>`
    select conversation_id, seq, body from search_entries
    where (conversation_id, seq) > (${after.conversationId}::uuid, ${after.seq}::bigint)
    order by conversation_id, seq limit ${rowsMax}`
}

/** Writes the words of rows where they are others than the stored ones. @returns of how many */
export async function writeEntryWords(
  db: Database,
  entries: readonly (EntryPlace & { words: readonly string[] })[],
): Promise<number> {
  const rows = await db.$client`
    update search_entries set words = array_to_tsvector(string_to_array(entry.words, ' '))
    from unnest(
      ${entries.map(({ conversationId }) => conversationId)}::uuid[],
      ${entries.map(({ seq }) => String(seq))}::text[]::bigint[],
      ${entries.map(({ words }) => words.join(" "))}::text[]
    ) as entry (conversation_id, seq, words)
    where search_entries.conversation_id = entry.conversation_id
      and search_entries.seq = entry.seq
      and search_entries.words <> array_to_tsvector(string_to_array(entry.words, ' '))`
  return rows.count
}

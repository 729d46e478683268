import type { Database } from "#db/client.ts"
import type { ViewerScope } from "#db/queries/conversations.ts"
import { searchConversations, type SearchHitRow, type TitlePart } from "#db/queries/search.ts"
import { findFolded, foldText } from "#lib/fold-text.ts"
import type { SearchHit, SearchPage } from "#lib/protocol/search.ts"

import { formatSearchCursor, parseSearchCursor } from "./search-cursor.ts"
import { cutSnippet } from "./snippet.ts"
import { parseWordQuery, type WordQuery } from "./words.ts"

const titlePartsMax = 10

export interface SearchPageRequest {
  viewer: ViewerScope
  q: string
  /** Unset = titles and messages. */
  within: "titles" | "messages" | undefined
  cursor: string | undefined
  hitsMax: number
}

/**
 * One page of hits, the newest first.
 * @throws AppError invalid_query for a cursor that is none
 */
export async function searchPage(db: Database, request: SearchPageRequest): Promise<SearchPage> {
  const { viewer, q, within, cursor, hitsMax } = request
  const after = cursor === undefined ? null : parseSearchCursor(cursor)
  const query = parseWordQuery(q)
  const parts = q
    .split(/\s+/)
    .map((raw) => ({ raw, folded: foldText(raw) }))
    .filter(({ folded }) => folded !== "")
  if (parts.length === 0) return { hits: [] }
  const rows = await searchConversations(db, {
    viewer,
    texts: within === "titles" ? null : query,
    titles: within === "messages" ? null : parts.slice(0, titlePartsMax),
    after,
    rowsMax: hitsMax + 1,
  })
  const shown = rows.slice(0, hitsMax)
  const last = shown.at(-1)
  return {
    hits: shown.map((row) => toHit(row, parts, query)),
    ...(rows.length > hitsMax && last !== undefined
      ? { next_cursor: formatSearchCursor(last) }
      : {}),
  }
}

function toHit(row: SearchHitRow, parts: readonly TitlePart[], query: WordQuery | null): SearchHit {
  const snippet =
    row.kind === "title" || query === null
      ? { text: row.title, matches: titleMatches(row.title, parts) }
      : cutSnippet(row.body, query)
  return {
    conversation_id: row.conversationId,
    agent_id: row.agentId,
    seq: row.seq,
    kind: row.kind,
    title: row.title,
    snippet: snippet.text,
    matches: snippet.matches,
    at: new Date(row.atMs).toISOString(),
  }
}

/** Titles match anywhere in a word. */
function titleMatches(title: string, parts: readonly TitlePart[]): [number, number][] {
  return findFolded(
    title,
    parts.map(({ folded }) => folded),
  )
}

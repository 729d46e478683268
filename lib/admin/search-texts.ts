import type { Database } from "#db/client.ts"
import { listTextHits } from "#db/queries/admin-search.ts"
import type { AdminConversationQuery, TextHit } from "#lib/protocol/admin.ts"
import { findSearchPosition, formatSearchCursor } from "#lib/search/search-cursor.ts"
import { cutSnippet } from "#lib/search/snippet.ts"
import { parseWordQuery } from "#lib/search/words.ts"

const dayMs = 86_400_000
const hitsPerPage = 30

export interface TextHitPage {
  hits: TextHit[]
  /** The cursor of the next page. */
  older: string | null
}

/**
 * A page of the tenant's messages and answers that match the words, optionally by owner and day. An
 * invalid cursor is ignored. The caller has already audited the read.
 */
export async function searchTexts(
  db: Database,
  tenantId: string,
  query: Pick<AdminConversationQuery, "q" | "owner" | "from" | "to">,
  cursor: string | undefined,
): Promise<TextHitPage> {
  const texts = parseWordQuery(query.q ?? "")
  if (texts === null) return { hits: [], older: null }
  const { hits, next } = await listTextHits(db, {
    tenantId,
    texts,
    ...(query.owner === undefined ? {} : { ownerId: query.owner }),
    ...(query.from === undefined ? {} : { fromMs: Date.parse(query.from) }),
    ...(query.to === undefined ? {} : { beforeMs: Date.parse(query.to) + dayMs }),
    after: cursor === undefined ? null : findSearchPosition(cursor),
    rowsMax: hitsPerPage,
  })
  return {
    hits: hits.map(({ body, ...hit }) => ({ ...hit, snippet: cutSnippet(body, texts) })),
    older: next === null ? null : formatSearchCursor(next),
  }
}

import type { Database } from "#db/client.ts"
import type { ConversationFilter } from "#db/queries/conversation-conditions.ts"
import { countConversations, listConversations } from "#db/queries/conversation-list.ts"
import type { ConversationPage, ConversationSort } from "#lib/protocol/conversations.ts"

import { toConversationItem } from "./conversation-item.ts"
import { formatListCursor, parseListCursor } from "./list-cursor.ts"
import { viewingAs } from "./viewer.ts"

/** Totals are exact and page numbers available up to here; cursors have no limit. */
const countedMax = 10_000

interface PageRequest {
  filter: ConversationFilter
  sort: ConversationSort
  page: number
  pageSize: number
  cursor: string | undefined
}

/**
 * A page of the viewer's visible conversations, by number or after a cursor.
 * @throws AppError invalid_query for an invalid cursor
 */
export async function listConversationPage(
  db: Database,
  request: PageRequest,
): Promise<ConversationPage> {
  const { filter, sort, page, pageSize, cursor } = request
  const after = cursor === undefined ? null : parseListCursor(sort, cursor)
  const offset = after === null ? (page - 1) * pageSize : 0
  const isPastCounted = offset >= countedMax
  const [rows, counted] = await Promise.all([
    isPastCounted
      ? []
      : listConversations(db, filter, { sort, after, offset, rowsMax: pageSize + 1 }),
    countConversations(db, filter, countedMax + 1),
  ])
  const shown = rows.slice(0, pageSize)
  const last = shown.at(-1)
  return {
    conversations: shown.map(toConversationItem),
    page,
    page_size: pageSize,
    total: Math.min(counted, countedMax),
    ...(counted > countedMax ? { total_capped: true } : {}),
    ...(rows.length > pageSize && last !== undefined
      ? {
          next_cursor: formatListCursor(sort, {
            ...last,
            lastActivityMs: last.lastActivityAt.getTime(),
          }),
        }
      : {}),
    viewing_as: viewingAs(filter.viewer),
  }
}

import type { Database } from "#db/client.ts"
import {
  listAdminRows,
  listFilterChoices,
  listTraceEvents,
} from "#db/queries/admin-conversations.ts"
import type { ConversationFilter } from "#db/queries/conversation-conditions.ts"
import { countConversations, listConversationIds } from "#db/queries/conversation-list.ts"
import { findListPosition, formatListCursor } from "#lib/conversations/list-cursor.ts"
import type { AdminConversation, FilterChoice } from "#lib/protocol/admin.ts"
import type { ConversationSort } from "#lib/protocol/conversations.ts"
import { eventKinds } from "#lib/protocol/events.ts"
import { coarsen, type BrowsedConversation } from "#lib/transcript/browsed-conversation.ts"
import { factsOf } from "#lib/transcript/event-facts.ts"
import { toJournalRow } from "#lib/transcript/journal-row.ts"
import { emptyTrace, segmentsNow, traceRow } from "#lib/transcript/trace.ts"

const rowsPerPage = 50
const tracedKinds = eventKinds.filter((kind) => factsOf(kind).isTraced)

export interface BrowsedPage {
  rows: BrowsedConversation[]
  /** Cursors of the adjacent pages; null at the ends. */
  older: string | null
  newer: string | null
}

interface BrowseRequest {
  filter: ConversationFilter
  sort: ConversationSort
  /** Cursor of the previous page's last row; reads downwards. */
  after: string | undefined
  /** Cursor of the next page's first row; reads upwards. Not supported for titles. */
  before: string | undefined
}

/** A page of the tenant's conversations, by keyset in both directions. An invalid cursor is ignored. */
export async function browseConversations(
  db: Database,
  request: BrowseRequest,
): Promise<BrowsedPage> {
  const { filter, sort } = request
  const isUpwards = request.before !== undefined && sort !== "title"
  const cursor = isUpwards ? request.before : request.after
  const position = cursor === undefined ? null : findListPosition(sort, cursor)
  const ids = await listConversationIds(db, filter, {
    sort: isUpwards ? opposite(sort) : sort,
    after: position,
    offset: 0,
    rowsMax: rowsPerPage + 1,
  })
  const hasMore = ids.length > rowsPerPage
  const shown = ids.slice(0, rowsPerPage)
  if (isUpwards) shown.reverse()
  const rows = await listAdminRows(db, filter.viewer.tenantId, shown)
  const [first, last] = [rows[0], rows.at(-1)]
  const hasOlder = isUpwards ? position !== null : hasMore
  const hasNewer = isUpwards ? hasMore : position !== null
  return {
    rows: await withTraces(db, filter.viewer.tenantId, rows),
    older: hasOlder && last !== undefined ? formatListCursor(sort, last) : null,
    newer:
      hasNewer && first !== undefined && sort !== "title" ? formatListCursor(sort, first) : null,
  }
}

function opposite(sort: ConversationSort): ConversationSort {
  return sort === "oldest" ? "recent" : "oldest"
}

async function withTraces(
  db: Database,
  tenantId: string,
  rows: readonly AdminConversation[],
): Promise<BrowsedConversation[]> {
  const turns = rows.flatMap(({ id, lastTurnId, lastTurnSeq }) =>
    lastTurnId === null || lastTurnSeq === null
      ? []
      : [{ conversationId: id, turnId: lastTurnId, seq: lastTurnSeq }],
  )
  const events = Map.groupBy(
    await listTraceEvents(db, { tenantId, kinds: tracedKinds, turns }),
    (event) => event.conversationId,
  )
  return rows.map((row) => {
    let trace = emptyTrace
    for (const { seq, kind, callId, isError, atMs } of events.get(row.id) ?? []) {
      const payload = { id: callId, is_error: isError }
      trace = traceRow(trace, toJournalRow({ seq, firstSeq: seq, kind, payload, atMs }))
    }
    const segments = row.isRunning ? segmentsNow(trace, Date.now()) : trace.segments
    return { ...row, trace: coarsen(segments) }
  })
}

/** Counts the matches, up to `countMax`. */
export async function countBrowsed(
  db: Database,
  filter: ConversationFilter,
  countMax: number,
): Promise<number> {
  return await countConversations(db, filter, countMax)
}

/** The people and agents the list can be filtered by. */
export async function listChoices(
  db: Database,
  tenantId: string,
): Promise<{ owners: FilterChoice[]; agents: FilterChoice[] }> {
  return await listFilterChoices(db, tenantId)
}

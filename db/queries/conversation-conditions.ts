import type { PendingQuery, Row } from "postgres"

import type { conversationOutcomes } from "#lib/protocol/admin.ts"

import type { Sql } from "../client.ts"
import { momentOf } from "../moment.ts"
import type { ViewerScope } from "./conversations.ts"
import type { TextMatch } from "./text-match.ts"

type ConversationOutcome = (typeof conversationOutcomes)[number]

export interface ConversationFilter {
  /** Who does not look as an administrator sees what they own: nobody takes part in more yet. */
  viewer: ViewerScope
  /** Part of title, agent name or preview, as typed. Everything contains one that folds to nothing. */
  q?: string
  /** Only the newest so many conversations are searched: short texts match no index. */
  newestOnly?: number
  /** Unset = every mode. */
  mode?: string
  /** Unset = every kind but e-mail, unless `isAnyChannel`. */
  channelKind?: string
  isAnyChannel?: true
  ownerId?: string
  agentId?: string
  outcome?: ConversationOutcome
  /** Why the last turn failed. */
  errorCode?: string
  /** Unix milliseconds of the last activity, from the first and before the second. */
  activeFromMs?: number
  activeBeforeMs?: number
  /** US dollars of all its turns whose price is known, at least. */
  costMin?: number
}

/** Where a page begins: after this place of the order. */
export interface ListPosition {
  /** Milliseconds of the last activity, or the title (null = untitled). */
  key: number | string | null
  id: string
}

export interface ListRange {
  sort: "recent" | "oldest" | "title"
  after: ListPosition | null
  offset: number
  rowsMax: number
}

type Fragment = PendingQuery<Row[]>

/** Everything but the text, over `conversations`: what the indexes are made for. */
export function whereListed(sql: Sql, filter: ConversationFilter): Fragment {
  const { viewer } = filter
  const parts = [
    sql`conversations.tenant_id = ${viewer.tenantId} and conversations.deleted_at is null`,
  ]
  if (!viewer.isAdmin) parts.push(sql`conversations.owner_id = ${viewer.userId}`)
  if (filter.channelKind !== undefined) {
    parts.push(sql`conversations.channel_kind = ${filter.channelKind}`)
  } else if (filter.isAnyChannel === undefined) {
    parts.push(sql`conversations.channel_kind <> 'email'`)
  }
  if (filter.mode !== undefined) parts.push(sql`conversations.mode = ${filter.mode}`)
  if (filter.ownerId !== undefined) parts.push(sql`conversations.owner_id = ${filter.ownerId}`)
  if (filter.agentId !== undefined) parts.push(sql`conversations.agent_id = ${filter.agentId}`)
  if (filter.outcome !== undefined) parts.push(whereOutcome(sql, viewer, filter.outcome))
  if (filter.errorCode !== undefined) {
    parts.push(sql`conversations.last_outcome = 'error'
      and conversations.last_error_code = ${filter.errorCode}`)
  }
  if (filter.activeFromMs !== undefined) {
    parts.push(sql`conversations.last_activity_at >= ${momentOf(sql, filter.activeFromMs)}`)
  }
  if (filter.activeBeforeMs !== undefined) {
    parts.push(sql`conversations.last_activity_at < ${momentOf(sql, filter.activeBeforeMs)}`)
  }
  if (filter.costMin !== undefined) {
    parts.push(sql`conversations.cost_usd >= ${filter.costMin}::float8`)
  }
  return parts.reduce((all, part) => sql`${all} and ${part}`)
}

function whereOutcome(sql: Sql, viewer: ViewerScope, outcome: ConversationOutcome): Fragment {
  switch (outcome) {
    case "running":
    case "queued":
      return sql`conversations.id in (
        select conversation_id from turns
        where turns.status = ${outcome} and turns.tenant_id = ${viewer.tenantId})`
    case "done":
      return sql`conversations.last_outcome in ('end', 'length', 'steps')`
    case "stopped":
      return sql`conversations.last_outcome = 'interrupted'`
    case "failed":
      return sql`conversations.last_outcome = 'error'`
  }
}

/**
 * Over `conversations`: in its title, its latest message, or the name of its agent. Of a row that is
 * not searchable yet also as it is written.
 */
export function whereContaining(sql: Sql, match: TextMatch): Fragment {
  return sql`(${whereTextContains(sql, match)}
    or conversations.agent_id = any (${[...match.agentIds]}::uuid[]))`
}

/** The same without the agent. */
export function whereTextContains(sql: Sql, { folded, raw }: TextMatch): Fragment {
  const pattern = containing(folded)
  const rawPattern = containing(raw)
  return sql`(conversations.search_title like ${pattern}
    or conversations.search_preview like ${pattern}
    or not conversations.is_searchable and (conversations.title ilike ${rawPattern}
      or conversations.preview ilike ${rawPattern}))`
}

/** What `conversation_texts` holds of a conversation. */
export function indexedText(sql: Sql): Fragment {
  return sql`concat_ws(E'\\n', search_title, search_preview,
    case when not is_searchable then concat_ws(E'\\n', title, preview) end)`
}

/** The pattern of `like` that holds a text as it stands. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (special) => `\\${special}`)}%`
}

export function orderOf(sql: Sql, sort: ListRange["sort"]): Fragment {
  switch (sort) {
    case "recent":
      return sql`conversations.last_activity_at desc, conversations.id desc`
    case "oldest":
      return sql`conversations.last_activity_at, conversations.id`
    case "title":
      return sql`lower(conversations.title) collate "C", conversations.id`
  }
}

export function whereAfter(sql: Sql, { sort, after }: ListRange): Fragment {
  if (after === null) return sql`true`
  const place = sql`conversations.last_activity_at, conversations.id`
  switch (sort) {
    case "recent":
      return sql`(${place}) < (${momentOf(sql, Number(after.key))}, ${after.id}::uuid)`
    case "oldest":
      return sql`(${place}) > (${momentOf(sql, Number(after.key))}, ${after.id}::uuid)`
    case "title":
      // The untitled come after the titled, and are asked for on their own: one range of the index.
      if (after.key === null) {
        return sql`lower(conversations.title) collate "C" is null
          and conversations.id > ${after.id}::uuid`
      }
      return sql`(lower(conversations.title) collate "C", conversations.id)
        > (lower(${String(after.key)}::text) collate "C", ${after.id}::uuid)`
  }
}

import type { z } from "zod"

import type { ConversationFilter } from "#db/queries/conversation-conditions.ts"
import type { ViewerScope } from "#db/queries/conversations.ts"
import { AppError } from "#lib/errors.ts"
import { foldText } from "#lib/fold-text.ts"
import type { conversationListQuery } from "#lib/protocol/conversations.ts"
import { countCharacters } from "#lib/protocol/texts.ts"

/** No index covers shorter texts, so they only search the newest conversations. */
const indexedCharactersMin = 3
const newestSearched = 10_000
const queryCharactersMax = 1_000

/** Builds a list's filter from its query parameters. */
export function toFilter(
  viewer: ViewerScope,
  query: z.output<typeof conversationListQuery>,
): ConversationFilter {
  const filter: ConversationFilter = { viewer }
  const q = searchText(query.q)
  const folded = foldText(q)
  if (folded !== "") {
    filter.q = q
    if (countCharacters(folded) < indexedCharactersMin) filter.newestOnly = newestSearched
  }
  const mode = toMode(query.mode)
  if (mode !== null) filter.mode = mode
  // No channel name contains U+0000, and Postgres rejects such text.
  if (query.channel_kind !== undefined)
    filter.channelKind = query.channel_kind.replaceAll("\0", "?")
  return filter
}

/** @throws AppError invalid_query for text that Postgres rejects or that is implausibly long */
export function searchText(q = ""): string {
  if (q.includes("\0") || q.length > queryCharactersMax) {
    throw new AppError("invalid_query", "The query parameter `q` is not valid.", { field: "q" })
  }
  return q
}

/** Null = every mode. */
function toMode(name: string | undefined): string | null {
  if (name === "all") return null
  return name === "fast" ? "fast" : "standard"
}

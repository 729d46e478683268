import type { ConversationFilter } from "#db/queries/conversation-conditions.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { viewerOf } from "#lib/conversations/viewer.ts"
import { foldText } from "#lib/fold-text.ts"
import type { AdminConversationQuery } from "#lib/protocol/admin.ts"
import { countCharacters } from "#lib/protocol/texts.ts"

const dayMs = 86_400_000
/** No index covers shorter texts, so they only search the newest conversations. */
const indexedCharactersMin = 3
const newestSearched = 10_000

/** Builds the filter of an administrator's list from its query parameters. */
export function toAdminFilter(
  principal: Principal,
  query: AdminConversationQuery,
): ConversationFilter {
  const filter: ConversationFilter = {
    viewer: viewerOf(principal, "admin"),
    ...(query.channel === undefined ? { isAnyChannel: true } : { channelKind: query.channel }),
  }
  const q = query.q ?? ""
  const folded = foldText(q)
  if (folded !== "") {
    filter.q = q
    if (countCharacters(folded) < indexedCharactersMin) filter.newestOnly = newestSearched
  }
  if (query.owner !== undefined) filter.ownerId = query.owner
  if (query.agent !== undefined) filter.agentId = query.agent
  if (query.status !== undefined) filter.outcome = query.status
  if (query.error !== undefined) filter.errorCode = query.error
  if (query.from !== undefined) filter.activeFromMs = Date.parse(query.from)
  if (query.to !== undefined) filter.activeBeforeMs = Date.parse(query.to) + dayMs
  if (query.cost !== undefined) filter.costMin = query.cost
  return filter
}

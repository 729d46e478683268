import type { Database } from "#db/client.ts"
import { findConversationSnapshot } from "#db/queries/conversation-snapshot.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { parseId } from "#lib/ids.ts"
import type { ConversationDetails } from "#lib/protocol/conversations.ts"

import { toConversationDetails } from "./conversation-details.ts"
import { viewerOf } from "./viewer.ts"

/**
 * A conversation for its page: details and positions from one snapshot.
 * @param wanted the unvalidated id from the address
 * @returns null when it is missing, another person's, or not an id
 */
export async function findConversation(
  db: Database,
  principal: Principal,
  wanted: string,
): Promise<ConversationDetails | null> {
  const id = parseId(wanted)
  if (id === null) return null
  const viewer = viewerOf(principal, undefined)
  const snapshot = await findConversationSnapshot(db, viewer, id)
  return snapshot === null ? null : toConversationDetails(snapshot, viewer)
}

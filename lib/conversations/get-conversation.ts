import { findConversationSnapshot } from "#db/queries/conversation-snapshot.ts"
import type { ViewerScope } from "#db/queries/conversations.ts"
import type { VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"

import { toConversationDetails } from "./conversation-details.ts"

/**
 * A conversation, its head and its open turns, as of one moment.
 * @throws AppError not_found
 */
export async function getConversation(
  { db }: VerbContext,
  viewer: ViewerScope,
  { conversationId }: { conversationId: string },
) {
  const snapshot = await findConversationSnapshot(db, viewer, conversationId)
  if (snapshot === null) throw notFound()
  return toConversationDetails(snapshot, viewer)
}

import type { Database } from "#db/client.ts"
import { findAccess, type ViewerScope } from "#db/queries/conversations.ts"
import { notFound } from "#lib/errors.ts"

/** @throws AppError not_found, whether the conversation is missing or another person's */
export async function requireAccess(
  db: Database,
  viewer: ViewerScope,
  conversationId: string,
): Promise<{ isParticipant: boolean }> {
  const access = await findAccess(db, viewer, conversationId)
  if (access === null) throw notFound()
  return access
}

import { findAttachmentFile } from "#db/queries/attachments.ts"
import type { ViewerScope } from "#db/queries/conversations.ts"
import type { VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"

/**
 * A file of a conversation that the viewer may see.
 * @throws AppError not_found
 */
export async function getFile(
  { db }: VerbContext,
  viewer: ViewerScope,
  { conversationId, attachmentId }: { conversationId: string; attachmentId: string },
) {
  const file = await findAttachmentFile(db, viewer, conversationId, attachmentId)
  if (file === null) throw notFound()
  return file
}

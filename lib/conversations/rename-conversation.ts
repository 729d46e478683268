import { renameConversation as renameRow } from "#db/queries/conversations.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"
import type { RenamedConversation } from "#lib/protocol/conversations.ts"
import { isBlank } from "#lib/protocol/texts.ts"

interface RenameContext extends VerbContext {
  /** Publishes a committed event to live readers. */
  publish(batch: {
    conversationId: string
    firstSeq: number
    lastSeq: number
    events: { seq: number; kind: "title"; json: string }[]
  }): void
}

/**
 * Pins a title; a blank one restores the automatic title. The journal's `title` event serves as the
 * audit record.
 * @throws AppError not_found
 */
export async function renameConversation(
  context: RenameContext,
  { tenantId, userId }: Principal,
  input: { conversationId: string; title: string | null },
): Promise<RenamedConversation> {
  const { conversationId } = input
  const title = input.title === null || isBlank(input.title) ? null : input.title.trim()
  const row = await renameRow(context.db, { tenantId, userId, conversationId, title })
  if (row === null) throw notFound()
  const { seq, payload } = row
  context.publish({
    conversationId,
    firstSeq: seq,
    lastSeq: seq,
    events: [{ seq, kind: "title", json: payload }],
  })
  return { conversation_id: conversationId, title: row.title, title_is_custom: row.titleIsCustom }
}

import { markRead as markRow } from "#db/queries/conversations.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"

import type { ChangeNotes } from "./create-conversation.ts"

/**
 * Advances the caller's read position: never backwards, never beyond the head. Writes no audit record.
 * @throws AppError not_found
 */
export async function markRead(
  context: VerbContext & ChangeNotes,
  { tenantId, userId }: Principal,
  input: { conversationId: string; seq: number },
): Promise<void> {
  if (!(await markRow(context.db, { tenantId, userId, ...input }))) throw notFound()
  context.changes.note(input.conversationId)
}

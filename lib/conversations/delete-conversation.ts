import { deleteConversationRows } from "#db/queries/turn-control.ts"
import { actorOf, type Principal, type VerbContext } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"

interface DeleteContext extends VerbContext {
  doorbell: {
    /** Asks the driver of a running turn to stop. */
    stop(turnId: string): void
  }
  /** Makes the conversation's readers re-check it now. */
  lookAt(conversationId: string): void
}

/**
 * Deletes a conversation and records it: its running turn stops, its streams end, later requests get
 * not_found.
 * @throws AppError not_found
 */
export async function deleteConversation(
  context: DeleteContext,
  principal: Principal,
  { conversationId }: { conversationId: string },
): Promise<void> {
  const { tenantId, userId } = principal
  const result = await deleteConversationRows(
    context.db,
    { tenantId, userId, conversationId },
    { actor: actorOf(context, principal), recordId: newId() },
  )
  if (result === false) throw notFound()
  if (result.running !== null) context.doorbell.stop(result.running)
  context.lookAt(conversationId)
}

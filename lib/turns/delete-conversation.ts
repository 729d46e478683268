import type { AuditActor } from "#db/queries/audit.ts"
import { deleteConversationRows } from "#db/queries/turn-control.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { notFound } from "#lib/errors.ts"
import { newId } from "#lib/ids.ts"

import type { TurnDependencies } from "./dependencies.ts"

/**
 * Deletes a conversation: what runs in it stops, its streams end, later requests find nothing.
 * @throws AppError not_found
 */
export async function deleteConversation(
  dependencies: TurnDependencies,
  principal: Principal,
  conversationId: string,
  actor: AuditActor,
): Promise<void> {
  const { tenantId, userId } = principal
  const result = await deleteConversationRows(
    dependencies.db,
    { tenantId, userId, conversationId },
    { actor, recordId: newId() },
  )
  if (result === false) throw notFound()
  if (result.running !== null) dependencies.doorbell.stop(result.running)
  dependencies.lookAt(conversationId)
}

import type { Database } from "#db/client.ts"
import { findOwnedAgent, insertConversation } from "#db/queries/conversations.ts"
import type { Principal, VerbContext } from "#lib/auth/principal.ts"
import { AppError, notFound } from "#lib/errors.ts"
import { derivedId, newId } from "#lib/ids.ts"

export interface ChangeNotes {
  /** Notifies lists that a conversation may have changed. */
  changes: { note(conversationId: string): void }
}

interface CreateInput {
  agentId: string
  /** The same key always leads to the same conversation. */
  idempotencyKey: string | null
  nowMs: number
}

/**
 * Starts a conversation, or finds the one this key has started. The id is derived from person and key,
 * so retries need no stored key and cannot collide with another person's. Writes no audit record.
 * @throws AppError not_found, agent_disabled, idempotency_key_reused
 */
export async function createConversation(
  { db, changes }: VerbContext & ChangeNotes,
  { tenantId, userId: ownerId }: Principal,
  { agentId, idempotencyKey, nowMs }: CreateInput,
): Promise<{ id: string }> {
  const id =
    idempotencyKey === null
      ? newId(nowMs)
      : derivedId("conversation", tenantId, ownerId, idempotencyKey)
  const conversation = { id, tenantId, ownerId, agentId }
  if (idempotencyKey !== null && (await isThere(db, conversation))) return { id }
  const inserted = await insertConversation(db, conversation)
  if (inserted === null) throw notFound()
  if (inserted.status === "disabled") {
    throw new AppError("agent_disabled", "This agent is disabled.")
  }
  if (inserted.isNew) changes.note(id)
  else if (!(await isThere(db, conversation))) throw notFound()
  return { id }
}

async function isThere(
  db: Database,
  conversation: { id: string; tenantId: string; ownerId: string; agentId: string },
): Promise<boolean> {
  const found = await findOwnedAgent(db, conversation)
  if (found === null) return false
  if (found.isDeleted) throw notFound()
  if (found.agentId === conversation.agentId) return true
  throw new AppError(
    "idempotency_key_reused",
    "This idempotency key was used for a conversation with another agent.",
  )
}

import type { Database } from "#db/client.ts"
import { insertConversationRead, insertListingRead } from "#db/queries/admin-reads.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { newId } from "#lib/ids.ts"

/** The kind of access an administrator reads through. */
type ReadVia = "details" | "messages" | "stream" | "attachment" | "page" | "inspector"

/**
 * Records that an administrator reads another person's conversation, naming its owner: call it for
 * every admin view, before showing anything. Reading one's own conversation is not recorded, and
 * repeated reads of one conversation within a minute count as one.
 */
export async function noteConversationRead(
  db: Database,
  actor: AuditActor,
  conversationId: string,
  via: ReadVia,
): Promise<void> {
  await insertConversationRead(db, actor, { id: newId(), conversationId, via })
}

/** Records that an administrator lists all people's conversations, with the filter. */
export async function noteListingRead(
  db: Database,
  actor: AuditActor,
  filter: Readonly<Record<string, string | number | undefined>>,
): Promise<void> {
  const detailJson = JSON.stringify(filter)
  await insertListingRead(db, actor, { id: newId(), detailJson })
}

import type { Database } from "#db/client.ts"
import { insertConversationRead, insertListingRead } from "#db/queries/admin-reads.ts"
import type { AuditActor } from "#db/queries/audit.ts"
import { newId } from "#lib/ids.ts"

/** By what an administrator came to read. */
type ReadVia = "details" | "messages" | "stream" | "attachment" | "page" | "inspector"

/**
 * Leaves a record that an administrator reads somebody's conversation, naming whose: call it with
 * every admin view, before anything of it is shown. Their own leave none, and what they read of one
 * conversation within a minute is one reading.
 */
export async function noteConversationRead(
  db: Database,
  actor: AuditActor,
  conversationId: string,
  via: ReadVia,
): Promise<void> {
  await insertConversationRead(db, actor, { id: newId(), conversationId, via })
}

/** Leaves a record that an administrator lists everybody's conversations, and by what filter. */
export async function noteListingRead(
  db: Database,
  actor: AuditActor,
  filter: Readonly<Record<string, string | number | undefined>>,
): Promise<void> {
  const detailJson = JSON.stringify(filter)
  await insertListingRead(db, actor, { id: newId(), detailJson })
}

import type { Database } from "../client.ts"
import { conversationHoldings } from "../personal-data.ts"
import { isFreshSession } from "./sessions.ts"

const rowsPerBatch = 5_000

/**
 * Deletes expired idempotency keys. The condition is asked again of each row that was waited for: it
 * may have been taken anew meanwhile.
 * @returns how many went
 */
export async function purgeIdempotencyKeys(db: Database): Promise<number> {
  const rows = await db.$client`
    delete from idempotency_keys where (conversation_id, operation, key) in (
      select conversation_id, operation, key from idempotency_keys
      where expires_at < now() limit ${rowsPerBatch})
      and expires_at < now()`
  return rows.count
}

/**
 * Deletes sessions that are over, counted tries nobody counts on any more, spent sign-in states, and
 * reset links whose page need not say any more why they are over.
 */
export async function purgeSignIns(db: Database): Promise<void> {
  const sql = db.$client
  await sql`delete from sessions where not (${isFreshSession(sql)})`
  await sql`delete from tries where since < now() - interval '1 hour'`
  await sql`delete from verifications where expires_at < now()`
  await sql`delete from password_resets where expires_at < now() - interval '30 days'`
}

/** Deletes bytes no message links to, an hour after a submit last needed them. */
export async function purgeAttachmentBytes(db: Database): Promise<number> {
  const rows = await db.$client`
    delete from attachment_bytes where (tenant_id, sha256) in (
      select tenant_id, sha256 from attachment_bytes bytes
      where touched_at < now() - interval '1 hour' and not exists (
        select 1 from attachments
        where attachments.tenant_id = bytes.tenant_id and attachments.sha256 = bytes.sha256)
      limit 100)`
  return rows.count
}

/**
 * Deletes a batch of one deleted conversation's rows, in the order of the list of all that name one.
 * @returns false when nothing is left to purge
 */
export async function purgeDeletedConversation(db: Database): Promise<boolean> {
  const sql = db.$client
  const [gone] = await sql<{ id: string }[]>`
    select id from conversations where deleted_at < now() - interval '1 minute'
      and not exists (
        select 1 from turns
        where turns.conversation_id = conversations.id and turns.counted_at is null)
    order by deleted_at limit 1`
  if (gone === undefined) return false
  for (const { table, column } of conversationHoldings) {
    const rows = await sql`
      delete from ${sql(table)} where ctid = any(array(
        select ctid from ${sql(table)} where ${sql(column)} = ${gone.id} limit ${rowsPerBatch}))`
    if (rows.count === rowsPerBatch) return true
  }
  return true
}

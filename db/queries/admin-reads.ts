import type { Database } from "../client.ts"
import type { AuditActor } from "./audit.ts"

/** How long one record stands for what an administrator reads of the same thing. */
const sameReadingSeconds = 60

/**
 * Records that an administrator reads a conversation of somebody else, and whose, unless they did so
 * within the last minute. Nothing for one they take part in, or that is not there.
 * @param record `id` is a fresh one; `via` says by which endpoint it began
 */
export async function insertConversationRead(
  db: Database,
  actor: AuditActor,
  record: { id: string; conversationId: string; via: string },
): Promise<void> {
  await db.$client`
    insert into audit (id, tenant_id, actor_id, credential_kind, credential_id, action,
      target_kind, target_id, subject_id, detail, request_id, address)
    select ${record.id}::uuid, conversations.tenant_id, ${actor.actorId}::uuid,
      ${actor.credentialKind}::text, ${actor.credentialId}::uuid, 'conversation.read_as_admin',
      'conversation', conversations.id::text, conversations.owner_id,
      ${JSON.stringify({ via: record.via })}::json, ${actor.requestId}::uuid,
      ${actor.address}::text
    from conversations
    where conversations.id = ${record.conversationId} and conversations.tenant_id = ${actor.tenantId}
      and conversations.deleted_at is null
      and not exists (
        select 1 from participants
        where participants.conversation_id = conversations.id
          and participants.user_id = ${actor.actorId})
      and not exists (
        select 1 from audit same
        where same.tenant_id = ${actor.tenantId} and same.target_id = ${record.conversationId}
          and same.action = 'conversation.read_as_admin' and same.actor_id = ${actor.actorId}
          and same.credential_id = ${actor.credentialId}
          and same.at > now() - make_interval(secs => ${sameReadingSeconds}))`
}

/**
 * Records that an administrator lists everybody's conversations, unless they did so in the same way
 * within the last minute.
 * @param detailJson what they looked for
 */
export async function insertListingRead(
  db: Database,
  actor: AuditActor,
  record: { id: string; detailJson: string },
): Promise<void> {
  await db.$client`
    insert into audit (id, tenant_id, actor_id, credential_kind, credential_id, action, detail,
      request_id, address)
    select ${record.id}::uuid, ${actor.tenantId}::uuid, ${actor.actorId}::uuid,
      ${actor.credentialKind}::text, ${actor.credentialId}::uuid, 'conversations.listed_as_admin',
      ${record.detailJson}::json, ${actor.requestId}::uuid, ${actor.address}::text
    where not exists (
      select 1 from audit same
      where same.tenant_id = ${actor.tenantId} and same.actor_id = ${actor.actorId}
        and same.action = 'conversations.listed_as_admin'
        and same.credential_id = ${actor.credentialId}
        and same.detail::text = ${record.detailJson}
        and same.at > now() - make_interval(secs => ${sameReadingSeconds}))`
}

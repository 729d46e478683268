import type { Database } from "../client.ts"

export interface ReplayRequest {
  tenantId: string
  userId: string
  conversationId: string
  key: string
}

interface ReplayRow {
  turnId: string
  messageId: string
  fingerprint: Buffer
  queuedBehind: number
}

/** `key` is null when it is free. */
export interface KnownConversation {
  key: ReplayRow | null
}

/**
 * What keys stand for, each to somebody who may write to its conversation.
 * @returns in the order of the requests; null when the caller may not see the conversation
 */
export async function findReplayRows(
  db: Database,
  requests: readonly ReplayRequest[],
): Promise<(KnownConversation | null)[]> {
  const rows = await db.$client<
    {
      at: number
      turnId: string | null
      messageId: string
      fingerprint: Buffer
      queuedBehind: number
    }[]
  >`
    select request.at, found.* from
      json_to_recordset(${JSON.stringify(
        requests.map(({ tenantId, userId, conversationId, key }, at) => ({
          at,
          tenant_id: tenantId,
          user_id: userId,
          conversation_id: conversationId,
          key,
        })),
      )}::json) as request (at int, tenant_id uuid,
        user_id uuid, conversation_id uuid, key text)
    cross join lateral (
      select keys.turn_id, keys.message_id, keys.fingerprint,
        (select count(*)::int from turns ahead, turns mine
         where mine.id = keys.turn_id and mine.status = 'queued'
           and ahead.conversation_id = mine.conversation_id
           and ahead.status in ('queued', 'running')
           and ahead.message_seq < mine.message_seq) as queued_behind
      from conversations
      join participants on participants.conversation_id = conversations.id
        and participants.user_id = request.user_id
      left join idempotency_keys keys on keys.conversation_id = conversations.id
        and keys.operation = 'message' and keys.key = request.key and keys.expires_at > now()
      where conversations.id = request.conversation_id
        and conversations.tenant_id = request.tenant_id
        and conversations.deleted_at is null
      limit 1
    ) found`
  const found: (KnownConversation | null)[] = requests.map(() => null)
  for (const { at, turnId, ...key } of rows) {
    found[at] = { key: turnId === null ? null : { turnId, ...key } }
  }
  return found
}

import type { AdminTurn } from "#lib/protocol/admin.ts"

import type { Database } from "../client.ts"

/** A turn of a tenant's conversation, its number, and its neighbours; null when it is not there. */
export async function findAdminTurn(
  db: Database,
  wanted: { tenantId: string; conversationId: string; turnId: string },
): Promise<AdminTurn | null> {
  const { tenantId, conversationId, turnId } = wanted
  const neighbour = (direction: "before" | "after") => {
    const sql = db.$client
    return direction === "before"
      ? sql`(select id from turns other where other.conversation_id = turns.conversation_id
          and other.tenant_id = ${tenantId} and other.message_seq < turns.message_seq order by other.message_seq desc limit 1)`
      : sql`(select id from turns other where other.conversation_id = turns.conversation_id
          and other.tenant_id = ${tenantId} and other.message_seq > turns.message_seq order by other.message_seq limit 1)`
  }
  const [row] = await db.$client<AdminTurn[]>`
    select id, message_seq as "messageSeq", status, outcome, error_code as "errorCode", attempt,
      model, input_tokens as "inputTokens", output_tokens as "outputTokens", cost_usd as "costUsd",
      (extract(epoch from created_at) * 1000)::float8 as "createdMs",
      (extract(epoch from started_at) * 1000)::float8 as "startedMs",
      (extract(epoch from ended_at) * 1000)::float8 as "endedMs",
      (select count(*)::int from turns other where other.conversation_id = turns.conversation_id
        and other.message_seq <= turns.message_seq) as number,
      ${neighbour("before")} as "previousId", ${neighbour("after")} as "nextId"
    from turns
    where id = ${turnId} and conversation_id = ${conversationId} and tenant_id = ${tenantId}`
  return row ?? null
}

/**
 * The seq of the message that comes so many turns after a place of a conversation; null when there
 * are not so many.
 */
export async function findMessageAfter(
  db: Database,
  place: { tenantId: string; conversationId: string; seq: number },
  turns: number,
): Promise<number | null> {
  const [row] = await db.$client<{ seq: number }[]>`
    select message_seq as seq from turns
    where conversation_id = ${place.conversationId} and tenant_id = ${place.tenantId}
      and message_seq > ${place.seq}
    order by message_seq offset ${turns - 1} limit 1`
  return row?.seq ?? null
}

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
  const [row] = await db.$client<AdminTurnRow[]>`
    select id, message_seq, status, outcome, error_code, attempt,
      model, input_tokens, output_tokens, cost_usd,
      created_at,
      started_at,
      ended_at,
      (select count(*)::int from turns other where other.conversation_id = turns.conversation_id
        and other.message_seq <= turns.message_seq) as number,
      ${neighbour("before")} as previous_id, ${neighbour("after")} as next_id
    from turns
    where id = ${turnId} and conversation_id = ${conversationId} and tenant_id = ${tenantId}`
  if (row === undefined) return null
  const { createdAt, startedAt, endedAt, ...turn } = row
  return {
    ...turn,
    createdMs: createdAt.getTime(),
    startedMs: startedAt?.getTime() ?? null,
    endedMs: endedAt?.getTime() ?? null,
  }
}

interface AdminTurnRow extends Omit<AdminTurn, "createdMs" | "startedMs" | "endedMs"> {
  createdAt: Date
  startedAt: Date | null
  endedAt: Date | null
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

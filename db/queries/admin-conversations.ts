import type { AdminConversation, FilterChoice } from "#lib/protocol/admin.ts"
import type { EventKind } from "#lib/protocol/events.ts"

import type { Database } from "../client.ts"

/** These conversations of a tenant, in the order of the ids. */
export async function listAdminRows(
  db: Database,
  tenantId: string,
  ids: readonly string[],
): Promise<AdminConversation[]> {
  if (ids.length === 0) return []
  return await db.$client<AdminConversation[]>`
    select conversations.id, conversations.title, conversations.preview,
      conversations.owner_id as "ownerId", users.name as "ownerName",
      conversations.agent_id as "agentId", agents.display_name as "agentName",
      conversations.channel_kind as "channelKind",
      coalesce(heads.run_turn is not null, false) as "isRunning",
      coalesce(heads.queued, 0) as queued, conversations.turns,
      conversations.input_tokens as "inputTokens", conversations.output_tokens as "outputTokens",
      conversations.cost_usd as "costUsd", conversations.unpriced,
      conversations.last_outcome as "lastOutcome",
      conversations.last_error_code as "lastErrorCode",
      (extract(epoch from conversations.last_activity_at) * 1000)::float8 as "lastActivityMs",
      latest.id as "lastTurnId", latest.message_seq as "lastTurnSeq"
    from unnest(${[...ids]}::uuid[]) with ordinality as page (id, place)
    join conversations on conversations.id = page.id
    join agents on agents.id = conversations.agent_id
    join users on users.id = conversations.owner_id
    left join heads on heads.conversation_id = conversations.id
    left join lateral (
      select turns.id, turns.message_seq from turns
      where turns.conversation_id = conversations.id and turns.attempt > 0
      order by turns.message_seq desc limit 1
    ) latest on true
    where conversations.tenant_id = ${tenantId}
    order by page.place`
}

/** An event of a turn, as much of it as its trace needs. */
export interface TraceEvent {
  conversationId: string
  seq: number
  kind: EventKind
  callId: string | null
  isError: boolean
  atMs: number
}

const eventsPerTurnMax = 200

/** What the traces of these turns of a tenant are drawn from; of a very long one its beginning. */
export async function listTraceEvents(
  db: Database,
  wanted: {
    tenantId: string
    kinds: readonly EventKind[]
    turns: readonly { conversationId: string; turnId: string; seq: number }[]
  },
): Promise<TraceEvent[]> {
  const { tenantId, kinds, turns } = wanted
  if (turns.length === 0) return []
  return await db.$client<TraceEvent[]>`
    select wanted.conversation_id as "conversationId", event.seq, event.kind,
      event.call_id as "callId", event.is_error as "isError", event.at_ms as "atMs"
    from unnest(
      ${turns.map((turn) => turn.conversationId)}::uuid[],
      ${turns.map((turn) => turn.turnId)}::uuid[],
      ${turns.map((turn) => turn.seq)}::text[]::bigint[]
    ) as wanted (conversation_id, turn_id, seq)
    join conversations on conversations.id = wanted.conversation_id
      and conversations.tenant_id = ${tenantId}
    cross join lateral (
      select seq, kind, payload->>'id' as call_id,
        coalesce(payload->>'is_error' = 'true', false)
          -- stopped by its person: no fault
          and payload->>'summary' is distinct from 'interrupted' as is_error,
        (extract(epoch from created_at) * 1000)::float8 as at_ms
      from journal
      where journal.conversation_id = wanted.conversation_id and journal.seq >= wanted.seq
        and journal.turn_id = wanted.turn_id
        and (kind = any(${[...kinds]}::text[])
          or lengths is not null)
      order by seq limit ${eventsPerTurnMax}
    ) event`
}

const choicesMax = 500

/** People and agents a list can be narrowed to. */
export async function listFilterChoices(
  db: Database,
  tenantId: string,
): Promise<{ owners: FilterChoice[]; agents: FilterChoice[] }> {
  const sql = db.$client
  const [owners, agents] = await Promise.all([
    sql<FilterChoice[]>`
      select id, name from users where tenant_id = ${tenantId} order by name, id
      limit ${choicesMax}`,
    sql<FilterChoice[]>`
      select id, display_name as name from agents where tenant_id = ${tenantId}
      order by display_name, id limit ${choicesMax}`,
  ])
  return { owners, agents }
}

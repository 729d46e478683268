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
  const rows = await db.$client<AdminRow[]>`
    select conversations.id, conversations.title, conversations.preview,
      conversations.owner_id, users.name as owner_name,
      conversations.agent_id, agents.display_name as agent_name,
      conversations.channel_kind,
      coalesce(heads.run_turn is not null, false) as is_running,
      coalesce(heads.queued, 0) as queued, conversations.turns,
      conversations.input_tokens, conversations.output_tokens,
      conversations.cost_usd, conversations.unpriced,
      conversations.last_outcome,
      conversations.last_error_code,
      conversations.last_activity_at,
      latest.id as last_turn_id, latest.message_seq as last_turn_seq
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
  return rows.map(({ lastActivityAt, ...row }) => ({
    ...row,
    lastActivityMs: lastActivityAt.getTime(),
  }))
}

interface AdminRow extends Omit<AdminConversation, "lastActivityMs"> {
  lastActivityAt: Date
}

/** An event of a turn, as much of it as its trace needs. */
interface TraceEvent {
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
  const rows = await db.$client<(Omit<TraceEvent, "atMs"> & { at: Date })[]>`
    select wanted.conversation_id, event.seq, event.kind,
      event.call_id, event.is_error, event.at
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
        created_at as at
      from journal
      where journal.conversation_id = wanted.conversation_id and journal.seq >= wanted.seq
        and journal.turn_id = wanted.turn_id
        and (kind = any(${[...kinds]}::text[])
          or lengths is not null)
      order by seq limit ${eventsPerTurnMax}
    ) event`
  return rows.map(({ at, ...row }) => ({ ...row, atMs: at.getTime() }))
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

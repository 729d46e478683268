import { foldText } from "#lib/fold-text.ts"

import type { Database, Sql } from "../client.ts"

export interface SubmitRow {
  tenantId: string
  userId: string
  conversationId: string
  turnId: string
  messageId: string
  turnSource: string
  browserSession: boolean
  /** The `message` event, JSON text. */
  payload: string
  detail: string | null
  preview: string
  /** The title if the conversation has none yet. */
  automaticTitle: string
  idempotency: { key: string; fingerprint: Buffer } | null
  attachments: readonly {
    id: string
    sha256: Buffer
    filename: string
    contentType: string
    sizeBytes: number
  }[]
}

/**
 * `key_taken`: the key stands for another message. `busy`: somebody has locked the conversation or
 * its head, try again.
 * Nothing was written unless `accepted`.
 */
export type SubmitOutcome =
  | { state: "accepted"; seq: number; queuedBehind: number }
  | { state: "key_taken" }
  | { state: "not_found" }
  | { state: "agent_disabled" }
  | { state: "read_only" }
  | { state: "queue_full" }
  | { state: "busy" }

interface SubmitLimits {
  queuedTurnsMax: number
  keySeconds: number
}

interface ResultRow {
  at: number
  agentStatus: string | null
  readOnly: boolean
  isLocked: boolean
  hasRoom: boolean
  /** Only when it is not locked: whether its head is there, and its key taken. */
  isPresent: boolean | null
  isKnown: boolean | null
  seq: number | null
  queuedBehind: number
}

/**
 * Accepts messages of different conversations in one statement. For each of them: access, the head's
 * lock and next seq, the idempotency key, the inbound journal row, the queued turn, the
 * conversation's preview, all or none. It does not wait for what somebody else has locked, so that no
 * conversation holds up the others; seqs and keys are given under the head's lock. The limit of one
 * keeps the planner at an index: joined, it read all participants as long as they were few thousand.
 * @returns one outcome per row, in their order
 */
export async function insertSubmits(
  db: Database,
  rows: readonly SubmitRow[],
  { queuedTurnsMax, keySeconds }: SubmitLimits,
): Promise<SubmitOutcome[]> {
  const sql = db.$client
  const results = await sql<ResultRow[]>`
    with batch as materialized (
      select batch.* from ${messagesOf(sql, rows)}
    ),
    target as materialized (
      select batch.at, found.* from batch
      cross join lateral (
        select conversations.agent_id, conversations.read_only, agents.status as agent_status
        from conversations
        join agents on agents.id = conversations.agent_id
        join participants on participants.conversation_id = conversations.id
          and participants.user_id = batch.user_id
        where conversations.id = batch.conversation_id
          and conversations.tenant_id = batch.tenant_id
          and conversations.deleted_at is null
        limit 1
      ) found
    ),
    locked as materialized (
      select batch.*, target.agent_id, heads.last_seq + 1 as seq,
        heads.queued + (heads.run_turn is not null)::int as queued_behind,
        heads.queued < ${queuedTurnsMax} as has_room
      from target
      join batch using (at)
      join heads on heads.conversation_id = batch.conversation_id
      join conversations on conversations.id = batch.conversation_id
      where target.agent_status = 'active' and not target.read_only
      order by heads.conversation_id
      for no key update of heads, conversations skip locked
    ),
    won as (
      insert into idempotency_keys
        (conversation_id, operation, key, turn_id, message_id, fingerprint, expires_at)
      select conversation_id, 'message', key, turn_id, message_id, decode(fingerprint, 'hex'),
        now() + make_interval(secs => ${keySeconds}::float8)
      from locked where has_room and key is not null
      on conflict (conversation_id, operation, key) do update
        set turn_id = excluded.turn_id, message_id = excluded.message_id,
          fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
        where idempotency_keys.expires_at <= now()
      returning conversation_id
    ),
    entitled as materialized (
      select * from locked
      where has_room and (key is null or conversation_id in (select conversation_id from won))
    ),
    head as (
      update heads set last_seq = heads.last_seq + 1, queued = heads.queued + 1
      from entitled where heads.conversation_id = entitled.conversation_id
    ),
    touched as (
      ${describeConversations(sql)}
    ),
    message as (
      insert into journal
        (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload, detail)
      select conversation_id, seq, seq, turn_id, null, 'inbound', 'message', payload::json,
        detail::json from entitled
    ),
    turn as (
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        turn_source, browser_session)
      select turn_id, tenant_id, conversation_id, agent_id, user_id, message_id, seq, turn_source,
        browser_session
      from entitled
    ),
    linked as (
      insert into attachments
        (id, tenant_id, conversation_id, message_id, sha256, filename, content_type, size_bytes)
      select file.id, tenant_id, conversation_id, message_id, decode(sha256, 'hex'), filename,
        content_type, size_bytes
      from ${filesOf(sql, rows)} join entitled using (at)
    )
    select batch.at, target.agent_status, target.read_only, locked.at is not null as is_locked,
      locked.has_room, entitled.seq, entitled.queued_behind,
      case when locked.at is null then (
        select true from heads where conversation_id = batch.conversation_id) end as is_present,
      case when locked.at is null then (
        select true from idempotency_keys keys
        where conversation_id = batch.conversation_id and operation = 'message'
          and keys.key = batch.key and expires_at > now()) end as is_known
    from batch
    left join target using (at)
    left join locked using (at)
    left join entitled using (at)`
  const byPlace = new Map(results.map((result) => [result.at, result]))
  return rows.map((_, at) => outcomeOf(byPlace.get(at)))
}

/** Preview and title are written with what search compares of them, so the trigger has no cause. */
function describeConversations(sql: Sql) {
  return sql`
      update conversations
      set preview = entitled.preview, last_activity_at = now(),
        last_turn_channel = entitled.turn_source,
        automatic_title = coalesce(conversations.automatic_title, entitled.automatic_title),
        title = coalesce(conversations.title, entitled.automatic_title),
        search_preview = entitled.search_preview,
        search_title = case when conversations.title is null
          then entitled.search_title else conversations.search_title end
      from entitled
      where conversations.id = entitled.conversation_id`
}

/**
 * The messages as a table, each at its place. One parameter, a JSON text for each: a dozen of arrays
 * took a third of the time of a statement with one message. Of one JSON text for all the planner
 * expects a hundred rows, and for so many it reads whole tables.
 */
function messagesOf(sql: Sql, rows: readonly SubmitRow[]) {
  return sql`
      unnest(${rows.map((row, at) =>
        JSON.stringify({
          at,
          tenant_id: row.tenantId,
          user_id: row.userId,
          conversation_id: row.conversationId,
          turn_id: row.turnId,
          message_id: row.messageId,
          key: row.idempotency?.key,
          fingerprint: row.idempotency?.fingerprint.toString("hex"),
          turn_source: row.turnSource,
          browser_session: row.browserSession,
          preview: row.preview,
          automatic_title: row.automaticTitle,
          search_preview: foldText(row.preview),
          search_title: foldText(row.automaticTitle),
          payload: row.payload,
          detail: row.detail,
        }),
      )}::text[]) as message (json)
      cross join lateral json_to_record(message.json::json) as batch (at int, tenant_id uuid,
        user_id uuid, conversation_id uuid, turn_id uuid, message_id uuid, key text,
        fingerprint text, turn_source text, browser_session bool, preview text,
        automatic_title text, search_preview text, search_title text, payload text, detail text)`
}

/** Their attachments as a table, each with the place of its message. */
function filesOf(sql: Sql, rows: readonly SubmitRow[]) {
  const files = rows.flatMap((row, at) =>
    row.attachments.map((file) => ({
      at,
      id: file.id,
      sha256: file.sha256.toString("hex"),
      filename: file.filename,
      content_type: file.contentType,
      size_bytes: file.sizeBytes,
    })),
  )
  return sql`
      json_to_recordset(${JSON.stringify(files)}::json) as file (at int, id uuid,
        sha256 text, filename text, content_type text, size_bytes int)`
}

function outcomeOf(row: ResultRow | undefined): SubmitOutcome {
  if (row === undefined || row.agentStatus === null) return { state: "not_found" }
  if (row.agentStatus !== "active") return { state: "agent_disabled" }
  if (row.readOnly) return { state: "read_only" }
  if (!row.isLocked) return whyNotLocked(row)
  if (!row.hasRoom) return { state: "queue_full" }
  if (row.seq === null) return { state: "key_taken" }
  return { state: "accepted", seq: row.seq, queuedBehind: row.queuedBehind }
}

/** Whoever repeats what was accepted need not wait for whoever holds the lock. */
function whyNotLocked(row: ResultRow): SubmitOutcome {
  if (row.isPresent !== true) return { state: "not_found" }
  return { state: row.isKnown === true ? "key_taken" : "busy" }
}

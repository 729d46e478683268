import type { Database } from "../client.ts"

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
  idempotency: { key: string; fingerprint: Buffer; ttlSeconds: number } | null
  attachments: readonly {
    id: string
    sha256: Buffer
    filename: string
    contentType: string
    sizeBytes: number
  }[]
  queuedTurnsMax: number
}

/** `key_taken`: somebody else's transaction holds the key; nothing was written. */
export type SubmitOutcome =
  | { state: "accepted"; seq: number; queuedBehind: number }
  | { state: "key_taken" }
  | { state: "not_found" }
  | { state: "agent_disabled" }
  | { state: "read_only" }
  | { state: "queue_full" }

interface ResultRow {
  agent_status: string
  read_only: boolean
  seq: number | null
  queued_behind: number | null
}

/**
 * Accepts a message, in one statement: access, the idempotency key, the head's next seq, the inbound
 * journal row, the queued turn, the conversation's preview. All of it is committed or none. Locks
 * are taken in the order key, head, conversation.
 */
export async function insertSubmit(db: Database, row: SubmitRow): Promise<SubmitOutcome> {
  try {
    const [result] = await runSubmit(db, row)
    if (result === undefined) return { state: "not_found" }
    if (result.agent_status !== "active") return { state: "agent_disabled" }
    if (result.read_only) return { state: "read_only" }
    if (result.seq === null) return { state: "key_taken" }
    return {
      state: "accepted",
      seq: result.seq,
      queuedBehind: result.queued_behind ?? 0,
    }
  } catch (error) {
    const reason = refusalOf(error)
    if (reason === "queue_full") return { state: "queue_full" }
    if (reason === "conversation_gone") return { state: "not_found" }
    throw error
  }
}

async function runSubmit(db: Database, row: SubmitRow): Promise<ResultRow[]> {
  const sql = db.$client
  const key = row.idempotency?.key ?? null
  const files = row.attachments.map((file) => ({ ...file, sha256: file.sha256.toString("hex") }))
  return await sql<ResultRow[]>`
    with target as (
      select conversations.id, conversations.tenant_id, conversations.agent_id,
        conversations.read_only, agents.status as agent_status,
        agents.status = 'active' and not conversations.read_only as is_open
      from conversations
      join agents on agents.id = conversations.agent_id
      join participants on participants.conversation_id = conversations.id
        and participants.user_id = ${row.userId}
      where conversations.id = ${row.conversationId}
        and conversations.tenant_id = ${row.tenantId}
        and conversations.deleted_at is null
    ),
    won as (
      insert into idempotency_keys
        (conversation_id, operation, key, turn_id, message_id, fingerprint, expires_at)
      select id, 'message', ${key}::text, ${row.turnId}::uuid, ${row.messageId}::uuid,
        ${row.idempotency?.fingerprint ?? null}::bytea,
        now() + make_interval(secs => ${row.idempotency?.ttlSeconds ?? 0}::float8)
      from target where is_open and ${key}::text is not null
      on conflict (conversation_id, operation, key) do update
        set turn_id = excluded.turn_id, message_id = excluded.message_id,
          fingerprint = excluded.fingerprint, expires_at = excluded.expires_at
        where idempotency_keys.expires_at <= now()
      returning 1
    ),
    entitled as (
      select target.* from target
      where is_open and (${key}::text is null or exists (select 1 from won))
    ),
    head as (
      update heads set last_seq = heads.last_seq + 1, queued = heads.queued + 1
      from entitled where heads.conversation_id = entitled.id
      returning heads.last_seq as seq, heads.queued,
        heads.queued - 1 + (heads.run_turn is not null)::int as queued_behind
    ),
    touched as (
      update conversations
      set preview = ${row.preview}, last_activity_at = now(),
        last_turn_channel = ${row.turnSource},
        automatic_title = coalesce(conversations.automatic_title, ${row.automaticTitle}),
        title = coalesce(conversations.title, ${row.automaticTitle})
      from head where conversations.id = ${row.conversationId}
    ),
    message as (
      insert into journal
        (conversation_id, seq, first_seq, turn_id, attempt, direction, kind, payload, detail)
      select ${row.conversationId}::uuid, seq, seq, ${row.turnId}::uuid, null, 'inbound', 'message',
        ${row.payload}::text::json, ${row.detail}::text::json
      from head
    ),
    turn as (
      insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
        turn_source, browser_session)
      select ${row.turnId}::uuid, entitled.tenant_id, entitled.id, entitled.agent_id,
        ${row.userId}::uuid, ${row.messageId}::uuid, head.seq, ${row.turnSource},
        ${row.browserSession}
      from head, entitled
    ),
    linked as (
      insert into attachments
        (id, tenant_id, conversation_id, message_id, sha256, filename, content_type, size_bytes)
      select file.id, entitled.tenant_id, entitled.id, ${row.messageId}::uuid,
        decode(file.sha256, 'hex'), file.filename, file."contentType", file."sizeBytes"
      from head, entitled, json_to_recordset(${JSON.stringify(files)}::text::json)
        as file (id uuid, sha256 text, filename text, "contentType" text, "sizeBytes" int)
    )
    select target.agent_status, target.read_only, head.seq, head.queued_behind,
      case
        when head.queued > ${row.queuedTurnsMax} then studio_refuse('queue_full')
        when head.seq is null and exists (select 1 from entitled)
          then studio_refuse('conversation_gone')
      end
    from target left join head on true`
}

/** The reason given to `studio_refuse`, which ended the statement and undid all of it. */
function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "ST001") return null
  return error.message
}

export interface ReplayRow {
  turnId: string
  messageId: string
  fingerprint: Buffer
  queuedBehind: number
}

/**
 * What a key stands for, to somebody who may write to the conversation.
 * @returns null when the caller may not see the conversation; `key` null when the key is free
 */
export async function findReplayRow(
  db: Database,
  request: { tenantId: string; userId: string; conversationId: string; key: string },
): Promise<{ key: ReplayRow | null } | null> {
  const [row] = await db.$client<
    { turn_id: string | null; message_id: string; fingerprint: Buffer; queued_behind: number }[]
  >`
    select keys.turn_id, keys.message_id, keys.fingerprint,
      (select count(*)::int from turns ahead, turns mine
       where mine.id = keys.turn_id and mine.status = 'queued'
         and ahead.conversation_id = mine.conversation_id
         and ahead.status in ('queued', 'running')
         and ahead.message_seq < mine.message_seq) as queued_behind
    from conversations
    join participants on participants.conversation_id = conversations.id
      and participants.user_id = ${request.userId}
    left join idempotency_keys keys on keys.conversation_id = conversations.id
      and keys.operation = 'message' and keys.key = ${request.key} and keys.expires_at > now()
    where conversations.id = ${request.conversationId}
      and conversations.tenant_id = ${request.tenantId}
      and conversations.deleted_at is null`
  if (row === undefined) return null
  if (row.turn_id === null) return { key: null }
  return {
    key: {
      turnId: row.turn_id,
      messageId: row.message_id,
      fingerprint: row.fingerprint,
      queuedBehind: row.queued_behind,
    },
  }
}

/** Stores bytes under their hash; bytes that are already there are only kept from the sweep. */
export async function storeAttachmentBytes(
  db: Database,
  tenantId: string,
  files: readonly { sha256: Buffer; bytes: Uint8Array }[],
): Promise<void> {
  for (const file of files) {
    await db.$client`
      insert into attachment_bytes (tenant_id, sha256, bytes)
      values (${tenantId}, ${file.sha256}, ${Buffer.from(file.bytes)})
      on conflict (tenant_id, sha256) do update set touched_at = now()`
  }
}

import { randomBytes } from "node:crypto"

import type { Database, Sql } from "#db/client.ts"
import { anyone } from "#db/schema/usage.ts"
import { newId } from "#lib/ids.ts"

import { addAgent, addConversation, addPerson, addTenant } from "../../support/people.ts"

/** One tenant with one of everything that queries search for. */
export interface TenantFixture {
  tenantId: string
  name: string
  agentId: string
  spareAgentId: string
  ownerId: string
  adminId: string
  /** The owner of all these rows. */
  annId: string
  annEmail: string
  passwordHash: string
  sessionId: string
  tokenId: string
  tokenHash: Buffer
  invitationId: string
  invitationHash: Buffer
  /** With one finished turn of four events. */
  conversationId: string
  turnId: string
  messageId: string
  attachmentId: string
  sha256: Buffer
  /** With a running turn and a queued one. */
  busyId: string
  runningId: string
  queuedId: string
  /** Not sealed yet; two others are. */
  auditId: string
}

export const lastSeq = 4

export async function addTenantFixture(db: Database, name: string): Promise<TenantFixture> {
  const sql = db.$client
  const tenantId = await addTenant(db, name)
  const agentId = await addAgent(db, tenantId, { slug: `${name}-helper`, isDefault: true })
  const spareAgentId = await addAgent(db, tenantId, { slug: `${name}-spare` })
  const [owner, admin, ann] = [
    await addPerson(db, tenantId, { name: `${name} owner`, role: "owner" }),
    await addPerson(db, tenantId, { name: `${name} admin`, role: "admin" }),
    await addPerson(db, tenantId, { name: `${name} ann` }),
  ]
  const conversationId = await addConversation(db, ann, agentId)
  const busyId = await addConversation(db, ann, agentId)
  const side: TenantFixture = {
    tenantId,
    name,
    agentId,
    spareAgentId,
    conversationId,
    busyId,
    ownerId: owner.userId,
    adminId: admin.userId,
    annId: ann.userId,
    annEmail: `${ann.userId}@studio.test`,
    passwordHash: `hash of ${name}`,
    sessionId: newId(),
    tokenId: newId(),
    tokenHash: randomBytes(32),
    invitationId: newId(),
    invitationHash: randomBytes(32),
    turnId: newId(),
    messageId: newId(),
    attachmentId: newId(),
    sha256: randomBytes(32),
    runningId: newId(),
    queuedId: newId(),
    auditId: newId(),
  }
  await addCredentials(sql, side)
  await addFinishedTurn(sql, side)
  await addOpenTurns(sql, side)
  await addRecords(sql, side)
  return side
}

async function addCredentials(sql: Sql, side: TenantFixture): Promise<void> {
  const { tenantId, annId } = side
  await sql`
    insert into accounts (id, user_id, account_id, provider_id, password)
    values (${newId()}, ${annId}, ${annId}, 'credential', ${side.passwordHash})`
  await sql`
    insert into sessions (id, user_id, token, expires_at)
    values (${side.sessionId}, ${annId}, ${side.sessionId}, now() + interval '1 day')`
  await sql`
    insert into tokens (id, tenant_id, user_id, name, hash, start, scopes)
    values (${side.tokenId}, ${tenantId}, ${annId}, 'kept', ${side.tokenHash}, 'hq_pat_', '{user}')`
  await sql`
    insert into invitations (id, tenant_id, email, hash, invited_by, expires_at)
    values (${side.invitationId}, ${tenantId}, ${`${side.invitationId}@studio.test`},
      ${side.invitationHash}, ${side.ownerId}, now() + interval '1 day')`
}

async function addFinishedTurn(sql: Sql, side: TenantFixture): Promise<void> {
  const { tenantId, conversationId, turnId, annId } = side
  await sql`
    update conversations set title = ${`${side.name} title`}, preview = ${`${side.name} preview`}
    where id = ${conversationId}`
  await sql`update heads set last_seq = ${lastSeq} where conversation_id = ${conversationId}`
  await sql`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      status, turn_source, attempt, started_at, ended_at, outcome, folded_at, counted_at)
    values (${turnId}, ${tenantId}, ${conversationId}, ${side.agentId}, ${annId},
      ${side.messageId}, 1, 'ended', 'web', 1, now(), now(), 'end', now(), now())`
  await sql`
    insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload)
    select ${conversationId}, seq, seq, ${turnId}, 1, kind, '{}'
    from unnest('{message,tool_call,final,done}'::text[]) with ordinality as event (kind, seq)`
  await sql`
    insert into search_entries (conversation_id, seq, tenant_id, owner_id, turn_id, kind, body, words, at)
    values (${conversationId}, 1, ${tenantId}, ${annId}, ${turnId}, 'message', 'a secret',
      array_to_tsvector('{secret}'), now())`
  await sql`
    insert into conversation_texts (conversation_id, tenant_id, text)
    values (${conversationId}, ${tenantId}, ${`${side.name} title`})`
  await sql`
    insert into attachment_bytes (tenant_id, sha256, bytes)
    values (${tenantId}, ${side.sha256}, ${Buffer.from(side.name)})`
  await sql`
    insert into attachments
      (id, tenant_id, conversation_id, message_id, sha256, filename, content_type, size_bytes)
    values (${side.attachmentId}, ${tenantId}, ${conversationId}, ${side.messageId}, ${side.sha256},
      'a.txt', 'text/plain', 1)`
}

async function addOpenTurns(sql: Sql, side: TenantFixture): Promise<void> {
  const { busyId, runningId, queuedId } = side
  await sql`
    update heads set last_seq = 2, run_turn = ${runningId}, run_attempt = 1, queued = 1
    where conversation_id = ${busyId}`
  await sql`
    insert into turns (id, tenant_id, conversation_id, agent_id, user_id, message_id, message_seq,
      status, turn_source, attempt, owner, lease_until, started_at)
    select id, ${side.tenantId}, ${busyId}, ${side.agentId}, ${side.annId}, id, seq, status, 'web',
      2 - seq, case seq when 1 then 1 end, now() + interval '1 hour', now()
    from (values (${runningId}::uuid, 1, 'running'), (${queuedId}::uuid, 2, 'queued'))
      as turn (id, seq, status)`
  await sql`
    insert into journal (conversation_id, seq, first_seq, turn_id, direction, kind, payload)
    values (${busyId}, 1, 1, ${runningId}, 'inbound', 'message', '{}'),
      (${busyId}, 2, 2, ${queuedId}, 'inbound', 'message', '{}')`
}

async function addRecords(sql: Sql, side: TenantFixture): Promise<void> {
  const { tenantId } = side
  const hash = randomBytes(32)
  await sql`
    insert into audit (id, tenant_id, action, actor_id, subject_id, seq, prev_hash, hash)
    values (${newId()}, ${tenantId}, 'token.created', ${side.annId}, ${side.annId}, 1, ${hash}, ${hash}),
      (${newId()}, ${tenantId}, 'token.revoked', ${side.annId}, ${side.annId}, 2, ${hash}, ${hash}),
      (${side.auditId}, ${tenantId}, 'token.created', ${side.annId}, ${side.annId}, null, null, null)`
  await sql`
    insert into audit_heads (tenant_id, seq, hash, mac)
    values (${tenantId}, 2, ${hash}, ${hash})`
  await sql`
    insert into usage_days (tenant_id, day, agent_id, user_id, turns, input_tokens, output_tokens,
      latency_counts)
    select ${tenantId}, (now() at time zone 'utc')::date, agent_id, user_id, 1, 100, 10, '{1}'
    from (values
      (${anyone}::uuid, ${anyone}::uuid), (${side.agentId}, ${anyone}), (${anyone}, ${side.annId})
    ) as part (agent_id, user_id)`
}

/** A tenant without an audit head, and with more conversations than a search examines. */
export interface CrowdedTenant {
  tenantId: string
  ownerId: string
  agentId: string
  oldestId: string
}

const crowded = 3_100

export async function addCrowd(db: Database): Promise<CrowdedTenant> {
  const tenantId = await addTenant(db, "crowd")
  const agentId = await addAgent(db, tenantId, { slug: "crowd-helper", isDefault: true })
  const owner = await addPerson(db, tenantId, { name: "crowd owner", role: "owner" })
  const oldestId = newId()
  await db.$client`
    insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread, last_activity_at)
    select case n when ${crowded} then ${oldestId}::uuid else gen_random_uuid() end, ${tenantId},
      ${agentId}, ${owner.userId}, n::text, now() - n * interval '1 minute'
    from generate_series(1, ${crowded}::int) n`
  await db.$client`
    insert into audit (id, tenant_id, action) values (${newId()}, ${tenantId}, 'tenant.created')`
  return { tenantId, ownerId: owner.userId, agentId, oldestId }
}

import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"
import { formerMember } from "#lib/protocol/people.ts"

import type { Database } from "../client.ts"
import { personHoldings } from "../personal-data.ts"
import { insertAudit } from "./audit.ts"
import { holdPeople, type PeopleState, type PersonActor } from "./change-person.ts"
import { revokeInvitationsOf } from "./invitations.ts"

export type ErasureRefusal = "gone" | "own_account" | "owner_required" | "last_owner"

/** What there was of a person when their erasure began. */
interface ErasureCounts {
  erasedAt: Date
  conversations: number
  tokens: number
  sessions: number
  invitations: number
}

const rowsPerBatch = 5_000

/**
 * Ends all access of a person and begins their erasure, when `judge` has nothing against it: from now
 * on they are "Former member" and nobody can be signed in as them. The rest is done in batches.
 * @param email must be theirs: it shows that the caller means this person; null = it is themselves
 * @returns what `judge` has against it; "missing" when the tenant has no such person
 */
export async function beginErasure(
  db: Database,
  actor: PersonActor,
  personId: string,
  order: { email: string | null; reason: string | null },
  judge: (state: PeopleState) => ErasureRefusal | null,
): Promise<ErasureCounts | ErasureRefusal | "missing" | "other_email"> {
  return await db.$client.begin(async (sql) => {
    const people = await holdPeople(sql, actor, personId)
    if (people === null) return "missing"
    const refusal = judge(people.state)
    if (refusal !== null) return refusal
    const [person] = await sql<{ email: string }[]>`
      select email from users where id = ${personId} and tenant_id = ${actor.tenantId}`
    if (person === undefined) return "missing"
    if (order.email !== null && order.email !== person.email) return "other_email"
    const counts = await countHoldings(sql, actor.tenantId, personId)
    await insertAudit(sql, actor, {
      id: newId(),
      action: "user.erasure_started",
      targetKind: "user",
      targetId: personId,
      subjectId: personId,
      detail: {
        ...(order.reason === null ? {} : { reason: order.reason }),
        conversations: counts.conversations,
      },
    })
    await revokeInvitationsOf(sql, actor, personId)
    await deleteByAddress(sql, person.email)
    await deleteBatch(sql, personId)
    return { ...counts, erasedAt: await makeFormerMember(sql, actor.tenantId, personId) }
  })
}

async function countHoldings(
  sql: TransactionSql,
  tenantId: string,
  personId: string,
): Promise<Omit<ErasureCounts, "erasedAt">> {
  const [counts] = await sql<Omit<ErasureCounts, "erasedAt">[]>`
    select
      (select count(*)::int from conversations where owner_id = ${personId}
        and conversations.tenant_id = ${tenantId} and deleted_at is null) as conversations,
      (select count(*)::int from tokens where user_id = ${personId}
        and tokens.tenant_id = ${tenantId}) as tokens,
      (select count(*)::int from sessions where sessions.user_id = ${personId}) as sessions,
      (select count(*)::int from invitations where invited_by = ${personId}
        and invitations.tenant_id = ${tenantId}) as invitations`
  if (counts === undefined) throw new Error("Nothing was counted.")
  return counts
}

/** An address is one person's in the whole installation; invitations to it are of no use now. */
async function deleteByAddress(sql: TransactionSql, email: string): Promise<void> {
  for (const { table, column } of personHoldings("byAddress")) {
    await sql`delete from ${sql(table)} where ${sql(column)} = ${email}`
  }
}

async function makeFormerMember(
  sql: TransactionSql,
  tenantId: string,
  personId: string,
): Promise<Date> {
  const [row] = await sql<{ erasedAt: Date }[]>`
    update users set name = ${formerMember}, email = ${`${personId}@erased.invalid`}, image = null,
      email_verified = false, role = 'member', last_active_at = null, time_zone = null,
      updated_at = now(),
      disabled_at = coalesce(disabled_at, now()), erased_at = now()
    where id = ${personId} and tenant_id = ${tenantId}
    returning erased_at`
  if (row === undefined) throw new Error("Nobody was erased.")
  return row.erasedAt
}

/** Deletes what names a person in each table, at most a batch of each. @returns the rows */
async function deleteBatch(sql: TransactionSql, personId: string): Promise<number> {
  let count = 0
  for (const { table, column } of personHoldings("deleted")) {
    const rows = await sql`
      delete from ${sql(table)} where ctid = any(array(
        select ctid from ${sql(table)} where ${sql(column)} = ${personId} limit ${rowsPerBatch}))`
    count += rows.count
  }
  return count
}

export interface ErasingPerson {
  tenantId: string
  userId: string
  /** What was under way when it began has ended. */
  isSettled: boolean
}

/**
 * People of all tenants whose erasure has begun and not ended, in no order: some that fail hold up
 * nobody.
 */
export async function listErasing(db: Database, rowsMax: number): Promise<ErasingPerson[]> {
  return await db.$client<ErasingPerson[]>`
    select tenant_id, id as user_id,
      erased_at < now() - interval '10 seconds' as is_settled
    from users where erased_at is not null
    order by random() limit ${rowsMax}`
}

/** Conversations of a person that are not deleted yet. */
export async function listErasable(
  db: Database,
  person: ErasingPerson,
  rowsMax: number,
): Promise<string[]> {
  const rows = await db.$client<{ id: string }[]>`
    select id from conversations
    where owner_id = ${person.userId} and deleted_at is null
    order by id limit ${rowsMax}`
  return rows.map((row) => row.id)
}

/** Deletes a conversation that has lost its head, or its owner as a participant: it is past use. */
export async function markDeleted(
  db: Database,
  ownerId: string,
  conversationId: string,
): Promise<void> {
  await db.$client`
    update conversations set deleted_at = now()
    where id = ${conversationId} and owner_id = ${ownerId} and deleted_at is null`
}

/**
 * Deletes the person when nothing names them any more, with a record. Turns that are not counted yet
 * would still be added to their usage.
 * @returns false when something does, or another process was faster
 */
export async function finishErasure(db: Database, person: ErasingPerson): Promise<boolean> {
  const { tenantId, userId } = person
  return await db.$client.begin(async (sql) => {
    const [rest] = await sql`
      select 1 from conversations where owner_id = ${userId} and deleted_at is null
      union all
      select 1 from conversations where owner_id = ${userId} and deleted_at is not null
      union all
      select 1 from participants where user_id = ${userId}
      union all
      select 1 from turns where user_id = ${userId} and status in ('queued', 'running')
      union all
      select 1 from turns where user_id = ${userId} and status = 'ended' and counted_at is null
      limit 1`
    if (rest !== undefined || (await deleteBatch(sql, userId)) >= rowsPerBatch) return false
    const gone = await sql`
      delete from users where id = ${userId} and erased_at is not null`
    if (gone.count === 0) return false
    const installation = {
      tenantId,
      actorId: null,
      credentialKind: null,
      credentialId: null,
      requestId: null,
      address: null,
    }
    await insertAudit(sql, installation, {
      id: newId(),
      action: "user.erased",
      targetKind: "user",
      targetId: userId,
      subjectId: userId,
    })
    return true
  })
}

const rowsPerRead = 2_000

/** A conversation of somebody else's that a person takes part in; null = none. */
export async function findShared(db: Database, person: ErasingPerson): Promise<string | null> {
  const [row] = await db.$client<{ id: string }[]>`
    select conversations.id from participants
    join conversations on conversations.id = participants.conversation_id
    where participants.user_id = ${person.userId}
      and conversations.owner_id <> participants.user_id
    limit 1`
  return row?.id ?? null
}

interface AuthoredRow {
  seq: number
  /** Null = of a kind that names nobody. */
  payload: string | null
}

/** The next rows of a journal, in order. */
export async function listAuthoredRows(
  db: Database,
  conversationId: string,
  afterSeq: number,
): Promise<AuthoredRow[]> {
  return await db.$client<AuthoredRow[]>`
    select seq, case when kind in ('message', 'nudge') then payload::text end as payload
    from journal where conversation_id = ${conversationId} and seq > ${afterSeq}
    order by seq limit ${rowsPerRead}`
}

/** Puts payloads in the place of others; what their authors claimed to be is dropped. */
export async function replacePayloads(
  db: Database,
  conversationId: string,
  rows: readonly { seq: number; payload: string }[],
): Promise<void> {
  await db.$client`
    update journal set payload = new.payload::json, detail = null
    from unnest(${rows.map((row) => String(row.seq))}::text[], ${rows.map((row) => row.payload)}::text[])
      as new (seq, payload)
    where journal.conversation_id = ${conversationId} and journal.seq = new.seq::bigint`
}

/** Takes a person out of a conversation, unless it is theirs. */
export async function leaveConversation(
  db: Database,
  person: ErasingPerson,
  conversationId: string,
): Promise<void> {
  await db.$client`
    delete from participants
    where user_id = ${person.userId} and conversation_id = ${conversationId}`
}

import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"
import { limits } from "#lib/protocol/limits.ts"

import type { Database, Sql } from "../client.ts"
import { momentOf } from "../moment.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

interface SessionRow {
  id: string
  userAgent: string | null
  address: string | null
  createdAt: Date
  lastActiveAt: Date
  /** Its person asked to stay signed in. */
  isKept: boolean
}

interface SessionKeeper {
  tenantId: string
  userId: string
}

/** As better-auth makes it; `id` is a fresh one. */
export interface NewSession {
  id: string
  userId: string
  token: string
  expiresAt: Date
  ipAddress: string | null
  userAgent: string | null
  isKept?: boolean
}

/**
 * Opens a session, unless its person is disabled.
 * @returns whether it was opened
 */
export async function insertSession(db: Database, session: NewSession): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    // Held, so that who is disabled at this moment has no session a moment later.
    const [user] = await sql<{ tenantId: string }[]>`
      update users set last_active_at = now()
      where id = ${session.userId} and disabled_at is null
      returning tenant_id`
    if (user === undefined) return false
    const { id, userId, ipAddress } = session
    await sql`
      insert into sessions (id, user_id, token, expires_at, ip_address, user_agent, is_kept)
      values (${id}, ${userId}, ${session.token}, ${momentOf(sql, session.expiresAt.getTime())}, ${ipAddress},
        ${session.userAgent}, ${session.isKept ?? false})`
    await insertAudit(sql, actorOf({ tenantId: user.tenantId, userId }, id, ipAddress), {
      id: newId(),
      action: "session.created",
      targetKind: "session",
      targetId: id,
      subjectId: userId,
    })
    return true
  })
}

/** Records that somebody was not let in; only when the account is one of ours. */
export async function recordRefusedSignIn(
  db: Database,
  email: string,
  address: string | null,
): Promise<void> {
  const [user] = await db.$client<{ id: string; tenantId: string }[]>`
    select id, tenant_id from users where email = ${email}`
  if (user === undefined) return
  // Whoever tried is not known to be that person.
  const nobody = { actorId: null, credentialKind: null, credentialId: null, requestId: null }
  await insertAudit(
    db.$client,
    { ...nobody, tenantId: user.tenantId, address },
    {
      id: newId(),
      action: "session.refused",
      targetKind: "user",
      targetId: user.id,
      subjectId: user.id,
    },
  )
}

/** A person's live sessions, the last used first. */
export async function listSessions(db: Database, keeper: SessionKeeper): Promise<SessionRow[]> {
  const sql = db.$client
  return await sql<SessionRow[]>`
    select id, user_agent, nullif(ip_address, '') as address, is_kept,
      created_at,
      updated_at as last_active_at
    from sessions
    where ${isSessionOf(sql, keeper)} and ${isLiveSession(sql)}
    order by updated_at desc, id desc
    limit 100`
}

/**
 * Ends sessions of a person, with one record each.
 * @param which one of them, or all but one
 * @returns how many there were
 */
export async function deleteSessions(
  db: Database,
  actor: AuditActor & { actorId: string },
  which: { id: string } | { allBut: string | null },
): Promise<number> {
  return await db.$client.begin((sql) => deleteSessionsIn(sql, actor, which))
}

/** @param sql of a transaction */
export async function deleteSessionsIn(
  sql: TransactionSql,
  actor: AuditActor & { actorId: string },
  which: { id: string } | { allBut: string | null },
): Promise<number> {
  const keeper = { tenantId: actor.tenantId, userId: actor.actorId }
  const rows = await sql<{ id: string }[]>`
    delete from sessions
    where ${isSessionOf(sql, keeper)} and not is_ended and ${
      "id" in which ? sql`id = ${which.id}` : sql`id is distinct from ${which.allBut}::uuid`
    }
    returning id`
  for (const { id } of rows) {
    await insertAudit(sql, actor, {
      id: newId(),
      action: "session.revoked",
      targetKind: "session",
      targetId: id,
      subjectId: actor.actorId,
    })
  }
  return rows.length
}

/** Whether a person has signed in so lately. */
export async function isRecentSession(
  db: Database,
  keeper: SessionKeeper,
  sessionId: string,
  seconds: number,
): Promise<boolean> {
  const sql = db.$client
  const rows = await sql`
    select 1 from sessions
    where id = ${sessionId} and ${isSessionOf(sql, keeper)}
      and created_at > now() - ${seconds}::int * interval '1 second'`
  return rows.length > 0
}

/** The addresses from which an account was last signed in to, as its tenant's records say. */
export async function listSignInAddresses(db: Database, email: string): Promise<string[]> {
  const rows = await db.$client<{ address: string }[]>`
    select distinct address from (
      select audit.address
      from users join audit on audit.tenant_id = users.tenant_id and audit.actor_id = users.id
      where users.email = ${email} and audit.action = 'session.created'
        and audit.address is not null
      order by audit.at desc
      limit 500
    ) recent`
  return rows.map((row) => row.address)
}

/** Notes that a session and its person are active, at most once a minute. */
export async function noteSessionUse(db: Database, sessionId: string): Promise<void> {
  // The person before the session, as whoever disables or erases them: neither waits for the other.
  await db.$client`
    with person as (
      select users.id from users join sessions on sessions.user_id = users.id
      where sessions.id = ${sessionId} and sessions.updated_at < now() - interval '1 minute'
      for no key update of users
    ),
    noted as (
      update sessions set updated_at = now() from person
      where sessions.id = ${sessionId} and sessions.user_id = person.id
        and sessions.updated_at < now() - interval '1 minute'
      returning sessions.user_id
    )
    update users set last_active_at = now() from noted where users.id = noted.user_id`
}

/** Neither ended with its person's access, nor idle for too long, nor too old. */
export function isLiveSession(sql: Sql | TransactionSql) {
  return sql`not sessions.is_ended and ${isFreshSession(sql)}`
}

/** Neither idle for too long nor too old: one that was ended is kept so long, to be told apart. */
export function isFreshSession(sql: Sql | TransactionSql) {
  return sql`sessions.expires_at > now()
    and sessions.created_at > now() - interval '1 second' * case when sessions.is_kept
      then ${limits.keptSessionSeconds}::int else ${limits.sessionSeconds}::int end
    and sessions.updated_at > now() - interval '1 second' * case when sessions.is_kept
      then ${limits.keptSessionIdleSeconds}::int else ${limits.sessionIdleSeconds}::int end`
}

/** A session of a person of the tenant. */
export function isSessionOf(sql: Sql | TransactionSql, keeper: SessionKeeper) {
  return sql`sessions.user_id = (
    select users.id from users where users.id = ${keeper.userId} and users.tenant_id = ${keeper.tenantId})`
}

function actorOf(keeper: SessionKeeper, sessionId: string, address: string | null) {
  return {
    tenantId: keeper.tenantId,
    actorId: keeper.userId,
    credentialKind: "session" as const,
    credentialId: sessionId,
    requestId: null,
    address: address === "" ? null : address,
  }
}

import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import type { Role } from "../schema/people.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import { deleteSessionsIn } from "./sessions.ts"

/** A person and whoever makes them a link, held until that is done. */
export interface ResetState {
  /** Null = gone or disabled meanwhile; the installation makes links as an owner does. */
  makerRole: Role | null
  isInstallation: boolean
  isSelf: boolean
  role: Role
  isDisabled: boolean
  hasPassword: boolean
}

export type ResetRefusal = "gone" | "own_account" | "owner_required" | "disabled" | "no_password"

interface NewReset {
  id: string
  hash: Uint8Array
  lifeSeconds: number
}

interface HeldRow {
  id: string
  role: Role
  isDisabled: boolean
  hasPassword: boolean
}

/**
 * Makes a link by which a person sets a new password, when `judge` has nothing against it; it takes
 * the place of an older one.
 * @returns what `judge` has against it; "missing" when the tenant has no such person
 */
export async function insertPasswordReset(
  db: Database,
  maker: AuditActor,
  personId: string,
  reset: NewReset,
  judge: (state: ResetState) => ResetRefusal | null,
): Promise<{ expiresAt: Date } | ResetRefusal | "missing"> {
  return await db.$client.begin(async (sql) => {
    const held = await sql<HeldRow[]>`
      select id, role, disabled_at is not null as is_disabled, exists (
        select 1 from accounts
        where accounts.user_id = users.id and accounts.provider_id = 'credential'
      ) as has_password
      from users
      where tenant_id = ${maker.tenantId} and id in (${personId}, ${maker.actorId ?? personId})
        and erased_at is null
      order by id for no key update`
    const person = held.find((row) => row.id === personId)
    if (person === undefined) return "missing"
    const refusal = judge(stateOf(held, maker, person))
    if (refusal !== null) return refusal
    await revokePasswordResets(sql, maker, personId)
    return await insertOne(sql, maker, personId, reset)
  })
}

function stateOf(held: readonly HeldRow[], { actorId }: AuditActor, person: HeldRow): ResetState {
  const maker = held.find((row) => row.id === actorId)
  const { role, isDisabled, hasPassword } = person
  const isInstallation = actorId === null
  const knownRole = maker === undefined || maker.isDisabled ? null : maker.role
  return {
    makerRole: isInstallation ? "owner" : knownRole,
    isInstallation,
    isSelf: person.id === actorId,
    role,
    isDisabled,
    hasPassword,
  }
}

async function insertOne(
  sql: TransactionSql,
  maker: AuditActor,
  personId: string,
  { id, hash, lifeSeconds }: NewReset,
): Promise<{ expiresAt: Date }> {
  const [row] = await sql<{ expiresAt: Date }[]>`
    insert into password_resets (id, tenant_id, user_id, hash, created_by, expires_at)
    values (${id}, ${maker.tenantId}, ${personId}, ${hash}, ${maker.actorId},
      now() + ${lifeSeconds}::float8 * interval '1 second')
    returning expires_at`
  if (row === undefined) throw new Error("A reset link was not inserted.")
  await record(sql, maker, "password_reset.created", personId, id)
  return row
}

/** Revokes a person's open links. @param sql of the transaction */
export async function revokePasswordResets(
  sql: TransactionSql,
  actor: AuditActor,
  personId: string,
): Promise<void> {
  const rows = await sql<{ id: string }[]>`
    update password_resets set revoked_at = now()
    where tenant_id = ${actor.tenantId} and user_id = ${personId}
      and used_at is null and revoked_at is null and expires_at > now()
    returning id`
  for (const { id } of rows) await record(sql, actor, "password_reset.revoked", personId, id)
}

async function record(
  sql: TransactionSql,
  actor: AuditActor,
  action: "password_reset.created" | "password_reset.used" | "password_reset.revoked",
  personId: string,
  link: string,
): Promise<void> {
  await insertAudit(sql, actor, {
    id: newId(),
    action,
    targetKind: "user",
    targetId: personId,
    subjectId: personId,
    detail: { link },
  })
}

export interface FoundReset {
  id: string
  tenantName: string
  name: string
  email: string
  state: "open" | "used" | "revoked" | "expired"
}

/** Whom the use of a link is about, held until it is done. */
export interface ResetUse {
  /** Null = gone or disabled meanwhile; the installation makes links as an owner does. */
  makerRole: Role | null
  role: Role
}

/** What a link leads to, or null when nobody has made it. */
export async function findPasswordReset(
  db: Database,
  hash: Uint8Array,
): Promise<FoundReset | null> {
  const [row] = await db.$client<FoundReset[]>`
    select password_resets.id, tenants.name as tenant_name, users.name, users.email,
      case
        when password_resets.used_at is not null then 'used'
        when password_resets.revoked_at is not null or users.disabled_at is not null then 'revoked'
        when password_resets.expires_at <= now() then 'expired'
        else 'open'
      end as state
    from password_resets
    join tenants on tenants.id = password_resets.tenant_id
    join users on users.id = password_resets.user_id
      and users.tenant_id = password_resets.tenant_id
    where password_resets.hash = ${hash}`
  return row ?? null
}

interface Parties {
  tenantId: string
  userId: string
  makerId: string | null
}

/**
 * Sets the password a link is for, once, and ends all sessions of its person. Who has had no
 * password, but for instance single sign-on, has one from then on.
 * @param canUse whether its maker may still make it for this person
 * @returns false when the link is no longer open
 */
export async function usePasswordReset(
  db: Database,
  resetId: string,
  { passwordHash, address }: { passwordHash: string; address: string | null },
  canUse: (use: ResetUse) => boolean,
): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    const [known] = await sql<Parties[]>`
      select tenant_id, user_id, created_by as maker_id
      from password_resets where id = ${resetId}`
    if (known === undefined) return false
    const use = await holdParties(sql, known)
    if (use === null || !canUse(use)) return false
    // The person is held: of two who use it at once one comes second, and finds it spent.
    const spent = await sql`
      update password_resets set used_at = now()
      where id = ${resetId} and tenant_id = ${known.tenantId}
        and used_at is null and revoked_at is null and expires_at > now()`
    if (spent.count === 0) return false
    await setPassword(sql, known, passwordHash)
    const person = {
      tenantId: known.tenantId,
      actorId: known.userId,
      credentialKind: null,
      credentialId: null,
      requestId: null,
      address,
    }
    await record(sql, person, "password_reset.used", known.userId, resetId)
    await deleteSessionsIn(sql, person, { allBut: null })
    return true
  })
}

/** @returns null when the person is gone or disabled */
async function holdParties(sql: TransactionSql, parties: Parties): Promise<ResetUse | null> {
  const { tenantId, userId, makerId } = parties
  const held = await sql<{ id: string; role: Role }[]>`
    select id, role from users
    where tenant_id = ${tenantId} and id in (${userId}, ${makerId ?? userId})
      and disabled_at is null and erased_at is null
    order by id for no key update`
  const person = held.find((row) => row.id === userId)
  if (person === undefined) return null
  const makerRole = held.find((row) => row.id === makerId)?.role ?? null
  return { makerRole: makerId === null ? "owner" : makerRole, role: person.role }
}

async function setPassword(
  sql: TransactionSql,
  { tenantId, userId }: Parties,
  passwordHash: string,
): Promise<void> {
  const changed = await sql`
    update accounts set password = ${passwordHash}, updated_at = now()
    from users
    where users.id = accounts.user_id and users.tenant_id = ${tenantId} and users.id = ${userId}
      and accounts.provider_id = 'credential'`
  if (changed.count > 0) return
  await sql`
    insert into accounts (id, user_id, account_id, provider_id, password)
    select ${newId()}, id, id, 'credential', ${passwordHash} from users
    where id = ${userId} and tenant_id = ${tenantId}`
}

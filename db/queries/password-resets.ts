import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

type Role = "owner" | "admin" | "member"

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

/** @param sql of the transaction */
export async function record(
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

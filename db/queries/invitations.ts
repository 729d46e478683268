import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { momentOf } from "../moment.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import type { RowsBefore } from "./people.ts"

export interface InvitationRow {
  id: string
  email: string
  role: "owner" | "admin" | "member"
  inviterId: string | null
  inviterName: string | null
  createdMs: number
  expiresMs: number
}

export interface NewInvitation {
  id: string
  /** Lower case. */
  email: string
  role: "owner" | "admin" | "member"
  hash: Uint8Array
  lifeSeconds: number
}

/**
 * Makes an invitation, which takes the place of an open one for the same address.
 * @returns null when the tenant has a person of that address who can sign in, or had one
 */
export async function insertInvitation(
  db: Database,
  actor: AuditActor,
  invitation: NewInvitation,
): Promise<{ createdMs: number; expiresMs: number } | null> {
  return await db.$client.begin(async (sql) => {
    const [member] = await sql`
      select 1 from users
      where tenant_id = ${actor.tenantId} and email = ${invitation.email}
        and (disabled_at is not null or exists (
          select 1 from accounts where accounts.user_id = users.id))`
    if (member !== undefined) return null
    const replaced = await sql<{ id: string }[]>`
      update invitations set revoked_at = now()
      where tenant_id = ${actor.tenantId} and email = ${invitation.email} and ${isOpen(sql)}
      returning id`
    for (const { id } of replaced) await recordRevoked(sql, actor, id)
    return await insertOne(sql, actor, invitation)
  })
}

/** @param sql of the transaction */
export async function insertOne(
  sql: TransactionSql,
  actor: AuditActor,
  { id, email, role, hash, lifeSeconds }: NewInvitation,
): Promise<{ createdMs: number; expiresMs: number }> {
  const [row] = await sql<{ createdMs: number; expiresMs: number }[]>`
    insert into invitations (id, tenant_id, email, role, hash, invited_by, expires_at)
    values (${id}, ${actor.tenantId}, ${email}, ${role}, ${hash}, ${actor.actorId},
      now() + ${lifeSeconds}::float8 * interval '1 second')
    returning (extract(epoch from created_at) * 1000)::float8 as "createdMs",
      (extract(epoch from expires_at) * 1000)::float8 as "expiresMs"`
  if (row === undefined) throw new Error("An invitation was not inserted.")
  await insertAudit(sql, actor, {
    id: newId(),
    action: "invitation.created",
    targetKind: "invitation",
    targetId: id,
    detail: { email, role },
  })
  return row
}

/** A tenant's open invitations, the newest first. */
export async function listInvitations(
  db: Database,
  tenantId: string,
  { before, rowsMax }: RowsBefore,
): Promise<InvitationRow[]> {
  const sql = db.$client
  return await sql<InvitationRow[]>`
    select invitations.id, invitations.email, invitations.role,
      inviter.id as "inviterId", inviter.name as "inviterName",
      (extract(epoch from invitations.created_at) * 1000)::float8 as "createdMs",
      (extract(epoch from invitations.expires_at) * 1000)::float8 as "expiresMs"
    from invitations
    left join users inviter
      on inviter.id = invitations.invited_by and inviter.tenant_id = invitations.tenant_id
    where invitations.tenant_id = ${tenantId} and ${isOpen(sql)}
      ${before === null ? sql`` : sql`and (invitations.created_at, invitations.id) < (${momentOf(sql, before.ms)}, ${before.id}::uuid)`}
    order by invitations.created_at desc, invitations.id desc
    limit ${rowsMax}`
}

/**
 * Revokes an open invitation.
 * @param onlyMembers leaves invitations of administrators and owners alone
 * @returns "missing" when the tenant has no such open one
 */
export async function revokeInvitation(
  db: Database,
  actor: AuditActor,
  invitationId: string,
  options: { onlyMembers: boolean },
): Promise<"revoked" | "missing" | "owner_required"> {
  return await db.$client.begin(async (sql) => {
    const [found] = await sql<{ role: string }[]>`
      select role from invitations
      where id = ${invitationId} and tenant_id = ${actor.tenantId} and ${isOpen(sql)}
      for update`
    if (found === undefined) return "missing"
    if (options.onlyMembers && found.role !== "member") return "owner_required"
    await sql`
      update invitations set revoked_at = now()
      where id = ${invitationId} and tenant_id = ${actor.tenantId}`
    await recordRevoked(sql, actor, invitationId)
    return "revoked"
  })
}

/** Revokes what a person has invited others with. @param sql of the transaction */
export async function revokeInvitationsOf(
  sql: TransactionSql,
  actor: AuditActor,
  inviterId: string,
): Promise<void> {
  const rows = await sql<{ id: string }[]>`
    update invitations set revoked_at = now()
    where tenant_id = ${actor.tenantId} and invited_by = ${inviterId} and ${isOpen(sql)}
    returning id`
  for (const { id } of rows) await recordRevoked(sql, actor, id)
}

async function recordRevoked(
  sql: TransactionSql,
  actor: AuditActor,
  invitationId: string,
): Promise<void> {
  await insertAudit(sql, actor, {
    id: newId(),
    action: "invitation.revoked",
    targetKind: "invitation",
    targetId: invitationId,
  })
}

function isOpen(sql: Database["$client"] | TransactionSql) {
  return sql`invitations.accepted_at is null and invitations.revoked_at is null
    and invitations.expires_at > now()`
}

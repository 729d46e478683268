import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { momentOf } from "../moment.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import type { RowsBefore } from "./people.ts"

type Role = "owner" | "admin" | "member"

interface InvitationRow {
  id: string
  email: string
  role: Role
  inviterId: string | null
  inviterName: string | null
  createdAt: Date
  expiresAt: Date
}

export interface NewInvitation {
  id: string
  /** Lower case. */
  email: string
  role: Role
  hash: Uint8Array
  lifeSeconds: number
}

/** What an invitation is judged by; held until it is made. */
export interface InviteState {
  /** Null = gone or disabled meanwhile. */
  inviterRole: Role | null
  /** Of the person who has the address in the tenant; null = nobody has. */
  personRole: Role | null
  /** That person can sign in, or could before they were disabled. */
  isTaken: boolean
  /** Of the open invitations that it would take the place of. */
  openRoles: readonly Role[]
}

export type InvitationRefusal = "gone" | "owner_required" | "already_member"

interface InsertedInvitation {
  role: Role
  createdAt: Date
  expiresAt: Date
}

/**
 * Makes an invitation, which takes the place of an open one for the same address.
 * @param judge says which role it gives, or what speaks against it
 */
export async function insertInvitation(
  db: Database,
  actor: AuditActor & { actorId: string },
  invitation: NewInvitation,
  judge: (state: InviteState, asked: Role) => Role | InvitationRefusal,
): Promise<InsertedInvitation | InvitationRefusal> {
  const { email } = invitation
  return await db.$client.begin(async (sql) => {
    const people = await holdInvited(sql, { ...actor, inviterId: actor.actorId, email })
    const open = await sql<{ id: string; role: Role }[]>`
      select id, role from invitations
      where tenant_id = ${actor.tenantId} and email = ${email} and ${isOpen(sql)}
      order by id for update`
    const verdict = judge({ ...people, openRoles: open.map(({ role }) => role) }, invitation.role)
    if (isRefusal(verdict)) return verdict
    for (const { id } of open) await revokeOne(sql, actor, id)
    return await insertOne(sql, actor, { ...invitation, role: verdict })
  })
}

function isRefusal(verdict: Role | InvitationRefusal): verdict is InvitationRefusal {
  return verdict === "gone" || verdict === "owner_required" || verdict === "already_member"
}

interface HeldPerson {
  id: string
  role: Role
  isInvited: boolean
  isDisabled: boolean
  canSignIn: boolean
}

/**
 * Holds whoever invites and whoever has the address in the tenant, before any invitation is held:
 * the order in which all statements that need both take them.
 * @param sql of a transaction
 */
export async function holdInvited(
  sql: TransactionSql,
  { tenantId, inviterId, email }: { tenantId: string; inviterId: string | null; email: string },
): Promise<Omit<InviteState, "openRoles">> {
  const held = await sql<HeldPerson[]>`
    select id, role, email = ${email} as is_invited, disabled_at is not null as is_disabled,
      exists (select 1 from accounts where accounts.user_id = users.id) as can_sign_in
    from users
    where tenant_id = ${tenantId} and (id = ${inviterId}::uuid or email = ${email})
    order by id for no key update of users`
  const inviter = held.find((row) => row.id === inviterId && !row.isDisabled)
  const person = held.find((row) => row.isInvited)
  return {
    inviterRole: inviter?.role ?? null,
    personRole: person?.role ?? null,
    isTaken: person !== undefined && (person.isDisabled || person.canSignIn),
  }
}

/** @param sql of the transaction */
export async function insertOne(
  sql: TransactionSql,
  actor: AuditActor,
  { id, email, role, hash, lifeSeconds }: NewInvitation,
): Promise<InsertedInvitation> {
  const [row] = await sql<InsertedInvitation[]>`
    insert into invitations (id, tenant_id, email, role, hash, invited_by, expires_at)
    values (${id}, ${actor.tenantId}, ${email}, ${role}, ${hash}, ${actor.actorId},
      now() + ${lifeSeconds}::float8 * interval '1 second')
    returning role, created_at,
      expires_at`
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
      inviter.id as inviter_id, inviter.name as inviter_name,
      invitations.created_at,
      invitations.expires_at
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
    await revokeOne(sql, actor, invitationId)
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

/** Revokes what would give a person their role of before. @param sql of the transaction */
export async function revokeInvitationsTo(
  sql: TransactionSql,
  actor: AuditActor,
  personId: string,
): Promise<void> {
  const rows = await sql<{ id: string }[]>`
    update invitations set revoked_at = now()
    where tenant_id = ${actor.tenantId} and email = (
      select email from users where users.id = ${personId} and users.tenant_id = ${actor.tenantId})
      and ${isOpen(sql)}
    returning id`
  for (const { id } of rows) await recordRevoked(sql, actor, id)
}

async function revokeOne(
  sql: TransactionSql,
  actor: AuditActor,
  invitationId: string,
): Promise<void> {
  await sql`
    update invitations set revoked_at = now()
    where id = ${invitationId} and tenant_id = ${actor.tenantId}`
  await recordRevoked(sql, actor, invitationId)
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

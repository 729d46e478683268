import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit } from "./audit.ts"
import { holdInvited } from "./invitations.ts"

type InvitationState = "open" | "accepted" | "revoked" | "expired"

type Role = "owner" | "admin" | "member"

export interface FoundInvitation {
  id: string
  tenantId: string
  tenantName: string
  email: string
  role: Role
  inviterName: string | null
  state: InvitationState
}

/** What a link leads to, or null when nobody has made it. */
export async function findInvitation(
  db: Database,
  hash: Uint8Array,
): Promise<FoundInvitation | null> {
  const [row] = await db.$client<FoundInvitation[]>`
    select invitations.id, invitations.tenant_id, tenants.name as tenant_name,
      invitations.email, invitations.role, inviter.name as inviter_name,
      case
        when invitations.accepted_at is not null then 'accepted'
        when invitations.revoked_at is not null then 'revoked'
        when invitations.expires_at <= now() then 'expired'
        else 'open'
      end as state
    from invitations
    join tenants on tenants.id = invitations.tenant_id
    left join users inviter
      on inviter.id = invitations.invited_by and inviter.tenant_id = invitations.tenant_id
    where invitations.hash = ${hash}`
  return row ?? null
}

type Invitation = Pick<FoundInvitation, "tenantId" | "email" | "role">

/** Whom an acceptance is about, held until it is done. */
interface Acceptance {
  /** Null = gone or disabled meanwhile. */
  inviterRole: Role | null
  /** Of the person a script has made; null = nobody is there yet. */
  personRole: Role | null
}

interface NewMember {
  name: string
  /** Null = they sign in another way. */
  passwordHash: string | null
  address: string | null
}

/**
 * Makes the invited person, once. Somebody a script has made before, who cannot sign in yet, gets the
 * password, and the role of the invitation.
 * @param canAccept whether it still gives its role; the installation invites as an owner does
 * @returns "over" when the invitation is no longer open, or gives its role no more; "taken" when the
 * address has an account
 */
export async function acceptInvitation(
  db: Database,
  invitationId: string,
  member: NewMember,
  canAccept: (state: Acceptance, role: Role) => boolean,
): Promise<{ userId: string } | "over" | "taken"> {
  return await db.$client.begin(async (sql) => {
    const [known] = await sql<{ tenantId: string; email: string; inviterId: string | null }[]>`
      select tenant_id, email, invited_by as inviter_id from invitations
      where id = ${invitationId}`
    if (known === undefined) return "over"
    const people = await holdInvited(sql, known)
    const [invitation] = await sql<Invitation[]>`
      select tenant_id, email, role from invitations
      where id = ${invitationId} and accepted_at is null and revoked_at is null
        and expires_at > now()
      for update`
    if (invitation === undefined) return "over"
    if (people.isTaken) return "taken"
    const inviterRole = known.inviterId === null ? "owner" : people.inviterRole
    const { personRole } = people
    if (!canAccept({ inviterRole, personRole }, invitation.role)) return "over"
    const userId = await insertMember(sql, { ...invitation, personRole }, member)
    if (userId === null) return "taken"
    await sql`
      update invitations set accepted_at = now(), accepted_by = ${userId}
      where id = ${invitationId} and tenant_id = ${invitation.tenantId}`
    await recordAccepted(sql, invitationId, {
      ...invitation,
      userId,
      personRole,
      address: member.address,
    })
    return { userId }
  })
}

async function insertMember(
  sql: TransactionSql,
  { tenantId, email, role, personRole }: Invitation & Pick<Acceptance, "personRole">,
  member: NewMember,
): Promise<string | null> {
  const [user] = await sql<{ id: string }[]>`
    insert into users (id, name, email, email_verified, tenant_id, role)
    values (${newId()}, ${member.name}, ${email}, ${member.passwordHash === null}, ${tenantId}, ${role})
    on conflict (email) do update
      set name = excluded.name, role = excluded.role, updated_at = now()
      where users.tenant_id = excluded.tenant_id and users.disabled_at is null
        and users.role = ${personRole}
        and not exists (select 1 from accounts where accounts.user_id = users.id)
    returning id`
  if (user === undefined) return null
  if (member.passwordHash !== null) {
    await sql`
      insert into accounts (id, user_id, account_id, provider_id, password)
      values (${newId()}, ${user.id}, ${user.id}, 'credential', ${member.passwordHash})`
  }
  return user.id
}

interface Accepted extends Invitation, Pick<Acceptance, "personRole"> {
  userId: string
  address: string | null
}

async function recordAccepted(
  sql: TransactionSql,
  invitationId: string,
  { tenantId, email, role, personRole, userId, address }: Accepted,
): Promise<void> {
  const actor = {
    tenantId,
    actorId: userId,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address,
  }
  await insertAudit(sql, actor, {
    id: newId(),
    action: "invitation.accepted",
    targetKind: "invitation",
    targetId: invitationId,
    subjectId: userId,
  })
  if (personRole === role) return
  await insertAudit(sql, actor, {
    id: newId(),
    action: personRole === null ? "user.created" : "user.role_changed",
    targetKind: "user",
    targetId: userId,
    subjectId: userId,
    detail: personRole === null ? { email, role } : { from: personRole, to: role },
  })
}

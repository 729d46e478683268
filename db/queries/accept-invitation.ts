import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit } from "./audit.ts"

export type InvitationState = "open" | "accepted" | "revoked" | "expired"

export interface FoundInvitation {
  id: string
  tenantId: string
  tenantName: string
  email: string
  role: "owner" | "admin" | "member"
  inviterName: string | null
  state: InvitationState
}

/** What a link leads to, or null when nobody has made it. */
export async function findInvitation(
  db: Database,
  hash: Uint8Array,
): Promise<FoundInvitation | null> {
  const [row] = await db.$client<FoundInvitation[]>`
    select invitations.id, invitations.tenant_id as "tenantId", tenants.name as "tenantName",
      invitations.email, invitations.role, inviter.name as "inviterName",
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

export interface NewMember {
  name: string
  /** Null = they sign in another way. */
  passwordHash: string | null
  address: string | null
}

/**
 * Makes the invited person, once. Somebody a script has made before, who cannot sign in yet, gets the
 * password and keeps the role.
 * @returns "over" when the invitation is no longer open, "taken" when the address has an account
 */
export async function acceptInvitation(
  db: Database,
  invitationId: string,
  member: NewMember,
): Promise<{ userId: string } | "over" | "taken"> {
  return await db.$client.begin(async (sql) => {
    const [invitation] = await sql<Pick<FoundInvitation, "tenantId" | "email" | "role">[]>`
      select tenant_id as "tenantId", email, role from invitations
      where id = ${invitationId} and accepted_at is null and revoked_at is null
        and expires_at > now()
      for update`
    if (invitation === undefined) return "over"
    const userId = await insertMember(sql, invitation, member)
    if (userId === null) return "taken"
    await sql`
      update invitations set accepted_at = now(), accepted_by = ${userId}
      where id = ${invitationId} and tenant_id = ${invitation.tenantId}`
    const actor = {
      tenantId: invitation.tenantId,
      actorId: userId,
      credentialKind: null,
      credentialId: null,
      requestId: null,
      address: member.address,
    }
    await insertAudit(sql, actor, {
      id: newId(),
      action: "invitation.accepted",
      targetKind: "invitation",
      targetId: invitationId,
      subjectId: userId,
    })
    await insertAudit(sql, actor, {
      id: newId(),
      action: "user.created",
      targetKind: "user",
      targetId: userId,
      subjectId: userId,
      detail: { email: invitation.email, role: invitation.role },
    })
    return { userId }
  })
}

async function insertMember(
  sql: TransactionSql,
  invitation: Pick<FoundInvitation, "tenantId" | "email" | "role">,
  member: NewMember,
): Promise<string | null> {
  const { tenantId, email, role } = invitation
  const [user] = await sql<{ id: string }[]>`
    insert into users (id, name, email, email_verified, tenant_id, role)
    values (${newId()}, ${member.name}, ${email}, ${member.passwordHash === null}, ${tenantId}, ${role})
    on conflict (email) do update set name = excluded.name, updated_at = now()
      where users.tenant_id = excluded.tenant_id and users.disabled_at is null
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

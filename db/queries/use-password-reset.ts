import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { record } from "./password-resets.ts"
import { deleteSessionsIn } from "./sessions.ts"

type Role = "owner" | "admin" | "member"

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

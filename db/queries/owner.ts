import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit } from "./audit.ts"

/** Held while the first owner is made: of two who try at once one comes second. */
const ownerLock = 7_205_759_403_1

/** Whether anyone can sign in with a password; as long as nobody can, the first owner may be made. */
export async function hasPasswordUser(db: Database): Promise<boolean> {
  const [row] = await db.$client<{ found: boolean }[]>`
    select exists (select 1 from accounts where password is not null) as found`
  return row?.found ?? false
}

interface NewOwner {
  userId: string
  accountId: string
  name: string
  /** Lower case. */
  email: string
  passwordHash: string
  address: string | null
}

/**
 * Makes the installation's first owner, or gives a person without a password who has that e-mail
 * (made by a script) the password and the role.
 * @returns false when somebody was faster
 */
export async function insertFirstOwner(db: Database, owner: NewOwner): Promise<boolean> {
  return await db.$client.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(${ownerLock})`
    const [taken] = await sql<{ found: boolean }[]>`
      select exists (select 1 from accounts where password is not null) as found`
    if (taken?.found) return false
    const [user] = await sql<{ id: string; tenantId: string }[]>`
      insert into users (id, name, email, tenant_id, role)
      select ${owner.userId}, ${owner.name}, ${owner.email}, id, 'owner'
      from tenants order by created_at, id limit 1
      on conflict (email) do update
        set name = excluded.name, role = 'owner', disabled_at = null, updated_at = now()
      returning id, tenant_id as "tenantId"`
    if (user === undefined) throw new Error("There is no tenant yet: migrate and seed first.")
    await sql`
      insert into accounts (id, user_id, account_id, provider_id, password)
      values (${owner.accountId}, ${user.id}, ${user.id}, 'credential', ${owner.passwordHash})`
    await recordCreated(sql, user, owner.address)
    return true
  })
}

async function recordCreated(
  sql: TransactionSql,
  user: { id: string; tenantId: string },
  address: string | null,
): Promise<void> {
  const actor = {
    tenantId: user.tenantId,
    actorId: user.id,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address,
  }
  await insertAudit(sql, actor, {
    id: newId(),
    action: "user.created",
    targetKind: "user",
    targetId: user.id,
    subjectId: user.id,
    detail: { role: "owner" },
  })
}

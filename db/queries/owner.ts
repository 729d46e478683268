import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database, Sql } from "../client.ts"
import { insertAudit } from "./audit.ts"

/** Held while the first owner is made: of two who try at once one comes second. */
const ownerLock = 7_205_759_403_1

/**
 * Whether the first tenant has an owner who can sign in; as long as it has none, one may be made.
 * Who owns a further tenant does not count.
 */
export async function hasFirstOwner(db: Database): Promise<boolean> {
  const [row] = await db.$client<
    { found: boolean }[]
  >`select ${firstOwnerExists(db.$client)} as found`
  return row?.found ?? false
}

function firstOwnerExists(sql: Sql | TransactionSql) {
  return sql`exists (
    select 1 from accounts join users on users.id = accounts.user_id
    where users.role = 'owner' and users.tenant_id = (
      select id from tenants order by created_at, id limit 1))`
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
 * Makes the installation's first owner, or gives a person of the first tenant who has that e-mail and
 * cannot sign in yet (made by a script) the password and the role.
 * @returns "closed" when somebody was faster, "taken" when the e-mail is somebody else's
 */
export async function insertFirstOwner(
  db: Database,
  owner: NewOwner,
): Promise<"made" | "closed" | "taken"> {
  return await db.$client.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(${ownerLock})`
    const [taken] = await sql<{ found: boolean }[]>`
      select ${firstOwnerExists(sql)} as found`
    if (taken?.found) return "closed"
    const [user] = await sql<{ id: string; tenantId: string }[]>`
      insert into users (id, name, email, tenant_id, role)
      select ${owner.userId}, ${owner.name}, ${owner.email}, id, 'owner'
      from tenants order by created_at, id limit 1
      on conflict (email) do update
        set name = excluded.name, role = 'owner', disabled_at = null, updated_at = now()
        where users.tenant_id = excluded.tenant_id
          and not exists (select 1 from accounts where accounts.user_id = users.id)
      returning id, tenant_id`
    if (user === undefined) return "taken"
    await sql`
      insert into accounts (id, user_id, account_id, provider_id, password)
      values (${owner.accountId}, ${user.id}, ${user.id}, 'credential', ${owner.passwordHash})`
    await recordCreated(sql, user, owner.address)
    return "made"
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

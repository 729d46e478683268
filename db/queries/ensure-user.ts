import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit, scriptOf } from "./audit.ts"

interface ScriptedPerson {
  userId: string
  tenantId: string
  role: "owner" | "admin" | "member"
}

/**
 * Finds a person of the first tenant by e-mail, or makes one who cannot sign in with a password yet;
 * what it makes or raises leaves a record of the installation's.
 * @param person `email` in lower case; `isAdmin` also raises a member who is there already
 * @returns null when there is no tenant, or the person is disabled
 */
export async function ensureUser(
  db: Database,
  person: { id: string; email: string; name: string; isAdmin: boolean },
): Promise<ScriptedPerson | null> {
  return await db.$client.begin(async (sql) => {
    const [before] = await sql<Pick<ScriptedPerson, "role">[]>`
      select role from users where email = ${person.email} for no key update`
    const owner = await upsertUser(sql, person)
    if (owner === null) return null
    const target = { targetKind: "user", targetId: owner.userId, subjectId: owner.userId }
    const { role } = owner
    if (before === undefined) {
      const detail = { email: person.email, role }
      await insertAudit(sql, scriptOf(owner), {
        id: newId(),
        action: "user.created",
        ...target,
        detail,
      })
    } else if (before.role !== role) {
      const detail = { from: before.role, to: role }
      await insertAudit(sql, scriptOf(owner), {
        id: newId(),
        action: "user.role_changed",
        ...target,
        detail,
      })
    }
    return owner
  })
}

async function upsertUser(
  sql: TransactionSql,
  person: { id: string; email: string; name: string; isAdmin: boolean },
): Promise<ScriptedPerson | null> {
  const [row] = await sql<ScriptedPerson[]>`
    insert into users (id, name, email, tenant_id, role)
    select ${person.id}, ${person.name}, ${person.email}, id,
      ${person.isAdmin ? "admin" : "member"}
    from tenants order by created_at, id limit 1
    on conflict (email) do update set
      role = case when ${person.isAdmin} and users.role = 'member' then 'admin' else users.role end
      where users.disabled_at is null
    returning id as user_id, tenant_id, role`
  return row ?? null
}

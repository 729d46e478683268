import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"

export interface TokenOwner {
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
): Promise<TokenOwner | null> {
  return await db.$client.begin(async (sql) => {
    const [before] = await sql<Pick<TokenOwner, "role">[]>`
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
): Promise<TokenOwner | null> {
  const [row] = await sql<TokenOwner[]>`
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

export interface NewToken {
  id: string
  tenantId: string
  userId: string
  name: string
  hash: Uint8Array
  start: string
  scopes: readonly string[]
  /** Null = for ever. */
  expiresInSeconds: number | null
}

/** Inserts a token of the installation's making, and its record. */
export async function insertToken(db: Database, token: NewToken): Promise<void> {
  await db.$client.begin(async (sql) => {
    await sql`
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
      values (${token.id}, ${token.tenantId}, ${token.userId}, ${token.name}, ${token.hash},
        ${token.start}, ${[...token.scopes]},
        now() + ${token.expiresInSeconds}::float8 * interval '1 second')`
    await insertAudit(sql, scriptOf(token), {
      id: newId(),
      action: "token.created",
      targetKind: "token",
      targetId: token.id,
      subjectId: token.userId,
      detail: { name: token.name, scopes: token.scopes, expires_in_s: token.expiresInSeconds },
    })
  })
}

/** Nobody acts: somebody who has the machine. */
function scriptOf({ tenantId }: Pick<TokenOwner, "tenantId">): AuditActor {
  return {
    tenantId,
    actorId: null,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address: null,
  }
}

/** Removes a person's expired tokens of that name: a script that makes one per run leaves no trail. */
export async function deleteExpiredTokens(
  db: Database,
  owner: TokenOwner,
  name: string,
): Promise<void> {
  await db.$client`
    delete from tokens
    where tenant_id = ${owner.tenantId} and user_id = ${owner.userId} and name = ${name}
      and expires_at < now()`
}

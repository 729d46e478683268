import type { Database } from "../client.ts"

export interface TokenOwner {
  userId: string
  tenantId: string
  role: "owner" | "admin" | "member"
}

/**
 * Finds a person of the first tenant by e-mail, or makes one who cannot sign in with a password yet.
 * @param person `email` in lower case; `isAdmin` also raises a member who is there already
 * @returns null when there is no tenant, or the person is disabled
 */
export async function ensureUser(
  db: Database,
  person: { id: string; email: string; name: string; isAdmin: boolean },
): Promise<TokenOwner | null> {
  const [row] = await db.$client<TokenOwner[]>`
    insert into users (id, name, email, tenant_id, role)
    select ${person.id}, ${person.name}, ${person.email}, id,
      ${person.isAdmin ? "admin" : "member"}
    from tenants order by created_at, id limit 1
    on conflict (email) do update set
      role = case when ${person.isAdmin} and users.role = 'member' then 'admin' else users.role end
      where users.disabled_at is null
    returning id as "userId", tenant_id as "tenantId", role`
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

export async function insertToken(
  db: Database,
  token: NewToken,
): Promise<{ expiresAt: Date | null }> {
  const [row] = await db.$client<{ expiresAt: Date | null }[]>`
    insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
    values (${token.id}, ${token.tenantId}, ${token.userId}, ${token.name}, ${token.hash},
      ${token.start}, ${[...token.scopes]},
      now() + ${token.expiresInSeconds}::float8 * interval '1 second')
    returning expires_at as "expiresAt"`
  return { expiresAt: row?.expiresAt ?? null }
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

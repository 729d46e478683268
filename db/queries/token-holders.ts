import type { Database } from "../client.ts"
import type { Row } from "../row.ts"
import type { users } from "../schema/people.ts"
import type { tokens } from "../schema/tokens.ts"

/** A live token and who it stands for, as of now. */
export interface TokenHolder
  extends
    Row<typeof tokens, "tenantId" | "userId" | "scopes">,
    Row<typeof users, "name" | "email" | "role"> {
  tokenId: string
  /** How long it still lives by the database's clock; null = for ever. */
  expiresInMs: number | null
  /** Its last use has not been noted for a minute. */
  isUseStale: boolean
}

/** Finds who a token stands for: neither revoked nor expired, its person not disabled. */
export async function findTokenHolder(db: Database, hash: Uint8Array): Promise<TokenHolder | null> {
  const [row] = await db.$client<TokenHolder[]>`
    select tokens.id as token_id, tokens.tenant_id, tokens.user_id,
      users.name, users.email, users.role, tokens.scopes,
      (extract(epoch from tokens.expires_at - now()) * 1000)::float8 as expires_in_ms,
      tokens.last_used_at is null or tokens.last_used_at < now() - interval '1 minute' as is_use_stale
    from tokens
    join users on users.id = tokens.user_id and users.tenant_id = tokens.tenant_id
    where tokens.hash = ${hash}
      and tokens.revoked_at is null
      and (tokens.expires_at is null or tokens.expires_at > now())
      and users.disabled_at is null`
  return row ?? null
}

/** What a token was used for, and from where. */
export interface TokenUse {
  /** Method and path pattern. */
  route: string
  address: string | null
}

/** Notes the last use of a token, and that its person is active, at most once a minute. */
export async function noteTokenUse(
  db: Database,
  tenantId: string,
  tokenId: string,
  use: TokenUse,
): Promise<void> {
  // The person before the token, as whoever erases them: neither waits for the other.
  await db.$client`
    with person as (
      select users.id from users
      join tokens on tokens.user_id = users.id and tokens.tenant_id = users.tenant_id
      where tokens.id = ${tokenId} and users.tenant_id = ${tenantId}
        and (tokens.last_used_at is null or tokens.last_used_at < now() - interval '1 minute')
      for no key update of users
    ),
    noted as (
      update tokens
      set last_used_at = now(), last_used_route = ${use.route}, last_used_address = ${use.address}
      from person
      where tokens.id = ${tokenId} and tokens.user_id = person.id
        and (tokens.last_used_at is null or tokens.last_used_at < now() - interval '1 minute')
      returning tokens.user_id
    )
    update users set last_active_at = now() from noted where users.id = noted.user_id`
}

/**
 * Revokes the tokens of all tenants that nobody has used for a year, with their records; they stay
 * in the table.
 * @returns how many
 */
export async function revokeUnusedTokens(db: Database): Promise<number> {
  const rows = await db.$client`
    with unused as (
      update tokens set revoked_at = now()
      where id in (
        select id from tokens
        where revoked_at is null and coalesce(last_used_at, created_at) < now() - interval '1 year'
        limit 1000)
      returning id, tenant_id, user_id, name
    )
    insert into audit (id, tenant_id, action, target_kind, target_id, subject_id, detail)
    select gen_random_uuid(), tenant_id, 'token.revoked', 'token', id::text, user_id,
      json_build_object('name', name, 'reason', 'not used for a year')
    from unused`
  return rows.count
}

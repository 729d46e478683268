import type { TransactionSql } from "postgres"

import type { Database, Sql } from "../client.ts"
import { insertAudit, type AuditActor } from "./audit.ts"
import type { NewToken } from "./issue-token.ts"

export interface TokenKeeper {
  tenantId: string
  userId: string
}

export interface TokenRow {
  id: string
  name: string
  scopes: string[]
  start: string
  createdAt: Date
  expiresAt: Date | null
  lastUsedAt: Date | null
  /** Method and path pattern of that use. */
  lastUsedRoute: string | null
  lastUsedAddress: string | null
  /** The token that takes its place. */
  replacedBy: string | null
}

/** Who acts, and the id of the record it leaves. */
export interface TokenAudit {
  actor: AuditActor
  recordId: string
}

function tokenColumns(sql: Sql) {
  return sql`id, name, scopes, start,
    created_at,
    expires_at,
    last_used_at,
    last_used_route, last_used_address,
    replaced_by`
}

/** A person's tokens that are neither revoked nor expired, the newest first. */
export async function listLiveTokens(db: Database, keeper: TokenKeeper): Promise<TokenRow[]> {
  return await db.$client<TokenRow[]>`
    select ${tokenColumns(db.$client)} from tokens
    where tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}
      and revoked_at is null and (expires_at is null or expires_at > now())
    order by created_at desc, id desc`
}

/** One of a person's live tokens, or null. */
export async function findLiveToken(
  db: Database,
  keeper: TokenKeeper,
  tokenId: string,
): Promise<TokenRow | null> {
  const [row] = await db.$client<TokenRow[]>`
    select ${tokenColumns(db.$client)} from tokens
    where id = ${tokenId} and tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}
      and revoked_at is null and (expires_at is null or expires_at > now())`
  return row ?? null
}

export type Insertion =
  | { kind: "inserted"; expiresAt: Date | null }
  /** It would live longer than the token that asks for it. */
  | { kind: "outlives" }
  /** The token that asks for it has been revoked, or is over. */
  | { kind: "gone" }
  /** The person has too many. */
  | { kind: "full" }

/**
 * Inserts a token within the life of the one that asks for it, which is held until this is done:
 * a token that has been revoked makes no other.
 * @param bounds `askingTokenId` null for a session, which bounds nothing
 */
export async function insertTokenWithin(
  db: Database,
  token: NewToken,
  bounds: { askingTokenId: string | null; liveMax: number },
  audit: TokenAudit,
): Promise<Insertion> {
  const { askingTokenId, liveMax } = bounds
  return await db.$client.begin(async (sql): Promise<Insertion> => {
    if ((await countLiveTokens(sql, token)) >= liveMax) return { kind: "full" }
    const insertion = await insertWithin(sql, token, askingTokenId)
    if (insertion.kind === "inserted") {
      await insertAudit(sql, audit.actor, {
        id: audit.recordId,
        action: "token.created",
        targetKind: "token",
        targetId: token.id,
        subjectId: token.userId,
        detail: { name: token.name, scopes: token.scopes, expires_in_s: token.expiresInSeconds },
      })
    }
    return insertion
  })
}

/** A person's live tokens; until this transaction ends nobody else adds one after counting. */
export async function countLiveTokens(sql: TransactionSql, keeper: TokenKeeper): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`tokens ${keeper.userId}`}, 0))`
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from tokens
    where tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}
      and revoked_at is null and (expires_at is null or expires_at > now())`
  return row?.count ?? 0
}

async function insertWithin(
  sql: TransactionSql,
  token: NewToken,
  askingTokenId: string | null,
): Promise<Insertion> {
  const lifetime = sql`${token.expiresInSeconds}::float8 * interval '1 second'`
  const [row] = await sql<{ isAsking: boolean; isInserted: boolean; expiresAt: Date | null }[]>`
    with asking as (
      select expires_at from tokens
      where id = ${askingTokenId}::uuid
        and tenant_id = ${token.tenantId} and user_id = ${token.userId}
        and revoked_at is null and (expires_at is null or expires_at > now())
      for share
    ), inserted as (
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
      select ${token.id}::uuid, ${token.tenantId}::uuid, ${token.userId}::uuid, ${token.name}::text,
        ${token.hash}::bytea, ${token.start}::text, ${[...token.scopes]}::text[],
        now() + ${lifetime}
      where ${askingTokenId}::uuid is null
        or exists (
          select 1 from asking
          where asking.expires_at is null or asking.expires_at >= now() + ${lifetime})
      returning expires_at
    )
    select exists (select 1 from asking) as is_asking,
      exists (select 1 from inserted) as is_inserted,
      (select expires_at from inserted)`
  if (row?.isInserted === true) return { kind: "inserted", expiresAt: row.expiresAt }
  return { kind: row?.isAsking === true ? "outlives" : "gone" }
}

/**
 * Revokes one of a person's live tokens.
 * @returns its hash; null when there is no such live token
 */
export async function revokeToken(
  db: Database,
  keeper: TokenKeeper,
  tokenId: string,
  audit: TokenAudit,
): Promise<Uint8Array | null> {
  return await db.$client.begin(async (sql) => {
    const [row] = await sql<{ hash: Uint8Array; name: string }[]>`
      update tokens set revoked_at = now()
      where id = ${tokenId} and tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}
        and revoked_at is null and (expires_at is null or expires_at > now())
      returning hash, name`
    if (row === undefined) return null
    await insertAudit(sql, audit.actor, {
      id: audit.recordId,
      action: "token.revoked",
      targetKind: "token",
      targetId: tokenId,
      subjectId: keeper.userId,
      detail: { name: row.name },
    })
    return row.hash
  })
}

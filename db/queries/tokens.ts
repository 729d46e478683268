import type { TransactionSql } from "postgres"

import { newId } from "#lib/ids.ts"

import type { Database } from "../client.ts"
import { and, count, desc, eq, gt, isNull, lt, or, sql, type SQL } from "../drizzle.ts"
import { inTenant } from "../in-tenant.ts"
import { query } from "../query.ts"
import { tokens } from "../schema/tokens.ts"
import { insertAudit, scriptOf, type AuditActor } from "./audit.ts"

interface TokenKeeper {
  tenantId: string
  userId: string
}

/** What its keeper is shown of a token. */
const shown = {
  id: tokens.id,
  name: tokens.name,
  scopes: tokens.scopes,
  start: tokens.start,
  createdAt: tokens.createdAt,
  expiresAt: tokens.expiresAt,
  lastUsedAt: tokens.lastUsedAt,
  lastUsedRoute: tokens.lastUsedRoute,
  lastUsedAddress: tokens.lastUsedAddress,
  replacedBy: tokens.replacedBy,
}

export type TokenRow = Pick<typeof tokens.$inferSelect, keyof typeof shown>

interface NewToken {
  id: string
  tenantId: string
  userId: string
  name: string
  hash: Buffer
  start: string
  scopes: readonly string[]
  /** Null = for ever. */
  expiresInSeconds: number | null
}

/** Who acts, and the id of the record it leaves. */
interface TokenAudit {
  actor: AuditActor
  recordId: string
}

/** A person's tokens that are neither revoked nor expired, the newest first. */
export async function listLiveTokens(db: Database, keeper: TokenKeeper): Promise<TokenRow[]> {
  return await query(db)
    .select(shown)
    .from(tokens)
    .where(liveTokensOf(keeper))
    .orderBy(desc(tokens.createdAt), desc(tokens.id))
}

/** One of a person's live tokens, or null. */
export async function findLiveToken(
  db: Database,
  keeper: TokenKeeper,
  tokenId: string,
): Promise<TokenRow | null> {
  const [row] = await query(db).select(shown).from(tokens).where(liveTokensOf(keeper, tokenId))
  return row ?? null
}

function liveTokensOf(keeper: TokenKeeper, tokenId?: string): SQL | undefined {
  return and(
    tokenId === undefined ? undefined : eq(tokens.id, tokenId),
    inTenant(tokens, keeper.tenantId),
    eq(tokens.userId, keeper.userId),
    isNull(tokens.revokedAt),
    or(isNull(tokens.expiresAt), gt(tokens.expiresAt, sql`now()`)),
  )
}

/** When a token ends that begins now. */
function endAfter(seconds: number | null): SQL {
  return sql`now() + ${seconds}::float8 * interval '1 second'`
}

type Insertion =
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
  return await db.$client.begin(async (tx): Promise<Insertion> => {
    if ((await countLiveTokens(tx, token)) >= liveMax) return { kind: "full" }
    if (askingTokenId !== null) {
      const [asking] = await query(tx)
        .select({
          outlives: sql<boolean>`coalesce(${tokens.expiresAt}
            < coalesce(${endAfter(token.expiresInSeconds)}, 'infinity'), false)`,
        })
        .from(tokens)
        .where(liveTokensOf(token, askingTokenId))
        .for("share")
      if (asking === undefined) return { kind: "gone" }
      if (asking.outlives) return { kind: "outlives" }
    }
    return { kind: "inserted", expiresAt: await insertOne(tx, token, audit) }
  })
}

/** Inserts a token of the installation's making, and its record. */
export async function insertToken(db: Database, token: NewToken): Promise<void> {
  const audit = { actor: scriptOf(token), recordId: newId() }
  await db.$client.begin((tx) => insertOne(tx, token, audit))
}

async function insertOne(
  tx: TransactionSql,
  { expiresInSeconds, ...token }: NewToken,
  audit: TokenAudit,
): Promise<Date | null> {
  const [row] = await query(tx)
    .insert(tokens)
    .values({
      id: token.id,
      tenantId: token.tenantId,
      userId: token.userId,
      name: token.name,
      hash: token.hash,
      start: token.start,
      scopes: [...token.scopes],
      expiresAt: endAfter(expiresInSeconds),
    })
    .returning({ expiresAt: tokens.expiresAt })
  await insertAudit(tx, audit.actor, {
    id: audit.recordId,
    action: "token.created",
    targetKind: "token",
    targetId: token.id,
    subjectId: token.userId,
    detail: { name: token.name, scopes: token.scopes, expires_in_s: expiresInSeconds },
  })
  return row?.expiresAt ?? null
}

/** A person's live tokens; until this transaction ends nobody else adds one after counting. */
async function countLiveTokens(tx: TransactionSql, keeper: TokenKeeper): Promise<number> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`tokens ${keeper.userId}`}, 0))`
  const [row] = await query(tx).select({ count: count() }).from(tokens).where(liveTokensOf(keeper))
  return row?.count ?? 0
}

interface Rotation {
  tokenId: string
  /** The token that takes its place: the same name, scopes and end. */
  next: { id: string; hash: Buffer; start: string }
  /** How long both work; the old one never longer than before. */
  overlapSeconds: number
  /** Live tokens of a person at most, during the overlap too. */
  liveMax: number
}

type RotationOutcome =
  | { kind: "rotated"; expiresAt: Date | null; oldHash: Buffer }
  /** The next one would live longer than the token that asks for it. */
  | { kind: "outlives" }
  /** It has been replaced already. */
  | { kind: "replaced" }
  /** The person has too many for two to work. */
  | { kind: "full" }
  /** It, or the token that asks, is over. */
  | { kind: "gone" }

/**
 * Puts another token in the place of one: the new one has its name, scopes and end, the old one goes
 * on for the overlap.
 * @param askingTokenId null for a session, which bounds nothing
 */
export async function rotateToken(
  db: Database,
  keeper: TokenKeeper,
  rotation: Rotation,
  askingTokenId: string | null,
  audit: TokenAudit,
): Promise<RotationOutcome> {
  const { tokenId, next, overlapSeconds } = rotation
  return await db.$client.begin(async (tx): Promise<RotationOutcome> => {
    const asking = askingTokenId === null ? null : await findEnd(tx, keeper, askingTokenId)
    const [old] = await query(tx)
      .select({
        name: tokens.name,
        hash: tokens.hash,
        expiresAt: tokens.expiresAt,
        replacedBy: tokens.replacedBy,
      })
      .from(tokens)
      .where(liveTokensOf(keeper, tokenId))
      .for("update")
    if (old === undefined || asking === undefined) return { kind: "gone" }
    if (old.replacedBy !== null) return { kind: "replaced" }
    const bound = asking?.expiresAt ?? null
    if (bound !== null && (old.expiresAt === null || old.expiresAt > bound)) {
      return { kind: "outlives" }
    }
    const live = await countLiveTokens(tx, keeper)
    if (overlapSeconds > 0 && live >= rotation.liveMax) return { kind: "full" }
    const { name, expiresAt } = old
    const { tenantId, userId } = keeper
    await tx`
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
      select ${next.id}::uuid, tenant_id, user_id, name, ${next.hash}::bytea, ${next.start}::text,
        scopes, expires_at
      from tokens where id = ${tokenId} and tenant_id = ${tenantId} and user_id = ${userId}`
    await query(tx)
      .update(tokens)
      .set({
        replacedBy: next.id,
        expiresAt: sql`least(${tokens.expiresAt}, ${endAfter(overlapSeconds)})`,
      })
      .where(and(eq(tokens.id, tokenId), inTenant(tokens, tenantId)))
    await insertAudit(tx, audit.actor, {
      id: audit.recordId,
      action: "token.rotated",
      targetKind: "token",
      targetId: tokenId,
      subjectId: userId,
      detail: { name, next: next.id, overlap_s: overlapSeconds },
    })
    return { kind: "rotated", expiresAt, oldHash: old.hash }
  })
}

async function findEnd(tx: TransactionSql, keeper: TokenKeeper, tokenId: string) {
  const [row] = await query(tx)
    .select({ expiresAt: tokens.expiresAt })
    .from(tokens)
    .where(liveTokensOf(keeper, tokenId))
  return row
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
): Promise<Buffer | null> {
  return await db.$client.begin(async (tx) => {
    const [row] = await query(tx)
      .update(tokens)
      .set({ revokedAt: sql`now()` })
      .where(liveTokensOf(keeper, tokenId))
      .returning({ hash: tokens.hash, name: tokens.name })
    if (row === undefined) return null
    await insertAudit(tx, audit.actor, {
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

/** Removes a person's expired tokens of that name: a script that makes one per run leaves no trail. */
export async function deleteExpiredTokens(
  db: Database,
  keeper: TokenKeeper,
  name: string,
): Promise<void> {
  await query(db)
    .delete(tokens)
    .where(
      and(
        inTenant(tokens, keeper.tenantId),
        eq(tokens.userId, keeper.userId),
        eq(tokens.name, name),
        lt(tokens.expiresAt, sql`now()`),
      ),
    )
}

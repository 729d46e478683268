import type { Database } from "../client.ts"
import { insertAudit } from "./audit.ts"
import { countLiveTokens, type TokenAudit, type TokenKeeper } from "./own-tokens.ts"

export interface Rotation {
  tokenId: string
  /** The token that takes its place: the same name, scopes and end. */
  next: { id: string; hash: Uint8Array; start: string }
  /** How long both work; the old one never longer than before. */
  overlapSeconds: number
  /** Live tokens of a person at most, during the overlap too. */
  liveMax: number
}

export type RotationOutcome =
  | { kind: "rotated"; expiresAt: Date | null; oldHash: Uint8Array }
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
  return await db.$client.begin(async (sql): Promise<RotationOutcome> => {
    const [old] = await sql<{ replacedBy: string | null; hash: Uint8Array; outlives: boolean }[]>`
      select old.replaced_by, old.hash,
        asking.expires_at is not null
          and (old.expires_at is null or old.expires_at > asking.expires_at) as outlives
      from tokens old
      left join tokens asking on asking.id = ${askingTokenId}::uuid
        and asking.tenant_id = ${keeper.tenantId} and asking.user_id = ${keeper.userId}
        and asking.revoked_at is null and (asking.expires_at is null or asking.expires_at > now())
      where old.id = ${tokenId} and old.tenant_id = ${keeper.tenantId}
        and old.user_id = ${keeper.userId} and old.revoked_at is null
        and (old.expires_at is null or old.expires_at > now())
        and (${askingTokenId}::uuid is null or asking.id is not null)
      for update of old`
    if (old === undefined) return { kind: "gone" }
    if (old.replacedBy !== null) return { kind: "replaced" }
    if (old.outlives) return { kind: "outlives" }
    const live = await countLiveTokens(sql, keeper)
    if (overlapSeconds > 0 && live >= rotation.liveMax) return { kind: "full" }
    const [made] = await sql<{ expiresAt: Date | null; name: string }[]>`
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
      select ${next.id}::uuid, tenant_id, user_id, name, ${next.hash}::bytea, ${next.start}::text,
        scopes, expires_at
      from tokens
      where id = ${tokenId} and tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}
      returning expires_at, name`
    await sql`
      update tokens
      set replaced_by = ${next.id},
        expires_at = least(expires_at, now() + ${overlapSeconds}::float8 * interval '1 second')
      where id = ${tokenId} and tenant_id = ${keeper.tenantId} and user_id = ${keeper.userId}`
    await insertAudit(sql, audit.actor, {
      id: audit.recordId,
      action: "token.rotated",
      targetKind: "token",
      targetId: tokenId,
      subjectId: keeper.userId,
      detail: { name: made?.name, next: next.id, overlap_s: overlapSeconds },
    })
    return { kind: "rotated", expiresAt: made?.expiresAt ?? null, oldHash: old.hash }
  })
}

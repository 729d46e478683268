import { expect } from "vitest"

import { listValidGrants, type GrantRow } from "#db/queries/stream-grants.ts"
import { findTokenHolder, noteTokenUse } from "#db/queries/token-holders.ts"
import {
  deleteExpiredTokens,
  findLiveToken,
  insertTokenWithin,
  listLiveTokens,
  revokeToken,
  rotateToken,
} from "#db/queries/tokens.ts"
import { newId } from "#lib/ids.ts"

import { actorOf, move, type ProbeContext, type Probes } from "../probe.ts"

const audit = ({ ours }: ProbeContext) => ({ actor: actorOf(ours), recordId: newId() })
const rotationOf = (tokenId: string) => ({
  tokenId,
  next: { id: newId(), hash: Buffer.from(newId()), start: "hq_pat_next" },
  overlapSeconds: 60,
  liveMax: 100,
})
const boundsOf = (askingTokenId: string, liveMax = 100) => ({ askingTokenId, liveMax })

async function addToken({ sql }: ProbeContext, tenantId: string, userId: string, hash: Buffer) {
  const id = newId()
  await sql`
    insert into tokens (id, tenant_id, user_id, name, hash, start, scopes, expires_at)
    values (${id}, ${tenantId}, ${userId}, 'x', ${hash}, 'x', '{}', now() + interval '1 day')`
  return id
}

export const tokenProbes: Probes = {
  "a token authenticates a person of its own tenant": async (context) => {
    const { db, ours, theirs } = context
    expect(await findTokenHolder(db, ours.tokenHash)).toMatchObject({ tokenId: ours.tokenId })
    const hash = Buffer.from("crossed")
    await addToken(context, theirs.tenantId, ours.annId, hash)
    expect(await findTokenHolder(db, hash)).toBeNull()
  },

  "a token's use is recorded in its tenant": async ({ db, sql, ours, theirs }) => {
    const use = { route: "GET /", address: null }
    await noteTokenUse(db, ours.tenantId, theirs.tokenId, use)
    await noteTokenUse(db, ours.tenantId, ours.tokenId, use)
    const rows = await sql<{ id: string }[]>`
      select id from tokens where last_used_at is not null and name = 'kept'`
    expect(rows.map(({ id }) => id)).toEqual([ours.tokenId])
  },

  "tokens are listed, found and revoked only in the tenant": async (context) => {
    const { db, ours, theirs } = context
    const stranger = { tenantId: ours.tenantId, userId: theirs.annId }
    expect(await listLiveTokens(db, stranger)).toEqual([])
    expect(await findLiveToken(db, stranger, theirs.tokenId)).toBeNull()
    expect(await revokeToken(db, stranger, theirs.tokenId, audit(context))).toBeNull()
    const keeper = { tenantId: ours.tenantId, userId: ours.annId }
    expect(await listLiveTokens(db, keeper)).toHaveLength(2)
    expect(await findLiveToken(db, keeper, ours.tokenId)).not.toBeNull()
    expect(await revokeToken(db, keeper, ours.tokenId, audit(context))).not.toBeNull()
  },

  "a token of another tenant mints none": async (context) => {
    const { db, ours, theirs } = context
    const token = {
      id: newId(),
      tenantId: ours.tenantId,
      userId: theirs.annId,
      name: "x",
      start: "x",
      hash: Buffer.from("made"),
      scopes: [],
      expiresInSeconds: 60,
    }
    const refused = await insertTokenWithin(db, token, boundsOf(theirs.tokenId), audit(context))
    expect(refused.kind).toBe("gone")
    const own = { ...token, userId: ours.annId }
    const made = await insertTokenWithin(db, own, boundsOf(ours.tokenId), audit(context))
    expect(made.kind).toBe("inserted")
  },

  "tokens of another tenant are not counted": async (context) => {
    const { db, ours, theirs } = context
    const keeper = { tenantId: ours.tenantId, userId: ours.annId }
    await addToken(context, theirs.tenantId, ours.annId, Buffer.from("elsewhere"))
    const live = (await listLiveTokens(db, keeper)).length
    const token = {
      ...keeper,
      id: newId(),
      name: "x",
      start: "x",
      hash: Buffer.from("last"),
      scopes: [],
      expiresInSeconds: 60,
    }
    const made = await insertTokenWithin(
      db,
      token,
      boundsOf(ours.tokenId, live + 1),
      audit(context),
    )
    expect(made.kind).toBe("inserted")
  },

  "a token of another tenant neither rotates nor is rotated": async (context) => {
    const { db, ours, theirs } = context
    const keeper = { tenantId: ours.tenantId, userId: ours.annId }
    const stranger = { ...keeper, userId: theirs.annId }
    const theirsRotated = rotationOf(theirs.tokenId)
    const outcome = await rotateToken(db, stranger, theirsRotated, null, audit(context))
    expect(outcome.kind).toBe("gone")
    const asking = await addToken(context, theirs.tenantId, ours.annId, Buffer.from("asking"))
    const old = await addToken(context, ours.tenantId, ours.annId, Buffer.from("old"))
    const asked = await rotateToken(db, keeper, rotationOf(old), asking, audit(context))
    expect(asked.kind).toBe("gone")
    expect((await rotateToken(db, keeper, rotationOf(old), null, audit(context))).kind).toBe(
      "rotated",
    )
  },

  "a token moved meanwhile is not copied": async (context) => {
    const { db, sql, ours } = context
    const rotation = rotationOf(ours.tokenId)
    context.before("insert into tokens", move(context, "tokens", ours.tokenId))
    const keeper = { tenantId: ours.tenantId, userId: ours.annId }
    await rotateToken(db, keeper, rotation, null, audit(context))
    expect(await sql`select 1 from tokens where id = ${rotation.next.id}`).toHaveLength(0)
  },

  "a token moved meanwhile stays valid": async (context) => {
    const { db, sql, ours } = context
    context.before("update tokens set expires_at", move(context, "tokens", ours.tokenId))
    const keeper = { tenantId: ours.tenantId, userId: ours.annId }
    await rotateToken(db, keeper, rotationOf(ours.tokenId), null, audit(context))
    const rows = await sql`
      select 1 from tokens where id = ${ours.tokenId} and replaced_by is null`
    expect(rows).toHaveLength(1)
  },

  "expired tokens are removed only in the tenant": async ({ db, sql, ours, theirs }) => {
    await sql`update tokens set expires_at = now() - interval '1 day' where name = 'kept'`
    const stranger = { tenantId: ours.tenantId, userId: theirs.annId, role: "member" as const }
    await deleteExpiredTokens(db, stranger, "kept")
    await deleteExpiredTokens(db, { ...stranger, userId: ours.annId }, "kept")
    const rows = await sql<{ id: string }[]>`select id from tokens where name = 'kept'`
    expect(rows.map(({ id }) => id)).toEqual([theirs.tokenId])
  },

  "access to a stream is limited to one tenant": async ({ db, ours, theirs }) => {
    const right: GrantRow = {
      tenantId: ours.tenantId,
      userId: ours.annId,
      conversationId: null,
      credentialKind: "token",
      credentialId: ours.tokenId,
      isAdminView: false,
    }
    const crossed: GrantRow[] = [
      { ...right, credentialId: theirs.tokenId },
      {
        ...right,
        userId: theirs.annId,
        credentialKind: "session",
        credentialId: theirs.sessionId,
      },
      {
        ...right,
        userId: ours.adminId,
        isAdminView: true,
        conversationId: theirs.conversationId,
      },
    ]
    expect(await listValidGrants(db, [right, ...crossed])).toEqual(new Set([0]))
  },
}

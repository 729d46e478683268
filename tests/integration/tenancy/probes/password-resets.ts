import { randomBytes } from "node:crypto"

import { expect } from "vitest"

import { insertPasswordReset, revokePasswordResets } from "#db/queries/password-resets.ts"
import { findPasswordReset, usePasswordReset } from "#db/queries/password-resets.ts"
import { newId } from "#lib/ids.ts"

import type { TenantFixture } from "../fixture.ts"
import { actorOf, move, type ProbeContext, type Probes } from "../probe.ts"

const next = { passwordHash: "the next hash", address: null }

/** A reset link whose row of `tenantId` names this person. */
async function addReset({ sql }: ProbeContext, tenantId: string, userId: string, maker: string) {
  const id = newId()
  const hash = randomBytes(32)
  await sql`
    insert into password_resets (id, tenant_id, user_id, hash, created_by, expires_at)
    values (${id}, ${tenantId}, ${userId}, ${hash}, ${maker}, now() + interval '1 hour')`
  return { id, hash }
}

const passwordOf = async ({ sql }: ProbeContext, side: TenantFixture) => {
  const [row] = await sql<{ password: string }[]>`
    select password from accounts where user_id = ${side.annId}`
  return row?.password
}

export const resetProbes: Probes = {
  "a reset link is created for people of the tenant, and replaces only theirs": async (context) => {
    const { db, sql, ours, theirs } = context
    const reset = () => ({ id: newId(), hash: randomBytes(32), lifeSeconds: 60 })
    const make = (personId: string) =>
      insertPasswordReset(db, actorOf(ours), personId, reset(), () => null)
    expect(await make(theirs.annId)).toBe("missing")
    const elsewhere = await addReset(context, theirs.tenantId, ours.annId, theirs.ownerId)
    expect(await make(ours.annId)).toMatchObject({ expiresAt: expect.any(Date) })
    await revokePasswordResets(
      db.$client as unknown as ProbeContext["sql"],
      actorOf(ours),
      ours.annId,
    )
    const open = await sql`select id from password_resets where revoked_at is null`
    expect([...open]).toEqual([{ id: elsewhere.id }])
  },

  "a reset link names the tenant of its person": async (context) => {
    const { db, ours, theirs } = context
    for (const side of [ours, theirs]) {
      const { hash } = await addReset(context, side.tenantId, side.annId, side.ownerId)
      expect((await findPasswordReset(db, hash))?.tenantName).toBe(side.name)
    }
  },

  "a reset link of another tenant finds no person and sets nothing": async (context) => {
    const { db, ours, theirs } = context
    const { id, hash } = await addReset(context, theirs.tenantId, ours.annId, theirs.ownerId)
    expect(await findPasswordReset(db, hash)).toBeNull()
    expect(await usePasswordReset(db, id, next, () => true)).toBe(false)
    expect(await passwordOf(context, ours)).toBe(ours.passwordHash)
  },

  "an issuer of another tenant is ignored": async (context) => {
    const { db, ours, theirs } = context
    const { id } = await addReset(context, ours.tenantId, ours.annId, theirs.ownerId)
    const canUse = ({ makerRole }: { makerRole: string | null }) => makerRole !== null
    expect(await usePasswordReset(db, id, next, canUse)).toBe(false)
  },

  "a reset link moved meanwhile is not redeemed": async (context) => {
    const { db, ours } = context
    const { id } = await addReset(context, ours.tenantId, ours.annId, ours.ownerId)
    context.before(
      "update password_resets set used_at",
      (sql) =>
        sql`update password_resets set tenant_id = ${context.theirs.tenantId} where id = ${id}`,
    )
    expect(await usePasswordReset(db, id, next, () => true)).toBe(false)
  },

  "a person who has left the tenant meanwhile gets no password": async (context) => {
    const { db, sql, ours } = context
    const { id } = await addReset(context, ours.tenantId, ours.annId, ours.ownerId)
    context.before("update accounts set password", move(context, "users", ours.annId))
    await usePasswordReset(db, id, next, () => true)
    expect(await passwordOf(context, ours)).toBe(ours.passwordHash)
    const [rows] = await sql<{ count: number }[]>`
      select count(*)::int from accounts where user_id = ${ours.annId}`
    expect(rows?.count).toBe(1)
  },
}

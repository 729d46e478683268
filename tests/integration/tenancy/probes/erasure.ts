import { expect } from "vitest"

import { beginErasure } from "#db/queries/erasures.ts"
import { isRecentSession } from "#db/queries/sessions.ts"
import { newId } from "#lib/ids.ts"

import { actorOf, move, type ProbeContext, type Probes } from "../probe.ts"

const order = { email: null, reason: null }

const nameOf = async ({ sql }: ProbeContext, id: string) => {
  const [row] = await sql<{ name: string }[]>`select name from users where id = ${id}`
  return row?.name
}

export const erasureProbes: Probes = {
  "a person is erased only in their tenant": async (context) => {
    const { db, ours, theirs } = context
    const erase = (id: string) => beginErasure(db, actorOf(ours), id, order, () => null)
    expect(await erase(theirs.annId)).toBe("missing")
    expect(await nameOf(context, theirs.annId)).toBe("theirs ann")
    expect(await erase(ours.annId)).toMatchObject({ conversations: 2, tokens: 2, sessions: 1 })
    expect(await nameOf(context, ours.annId)).toBe("Former member")
  },

  "a person who has left the tenant meanwhile is not erased": async (context) => {
    const { db, ours } = context
    context.before("select email from users", move(context, "users", ours.annId))
    expect(await beginErasure(db, actorOf(ours), ours.annId, order, () => null)).toBe("missing")
  },

  "a person who leaves the tenant at the last moment keeps their name": async (context) => {
    const { db, ours } = context
    context.before("update users set name", move(context, "users", ours.annId))
    const erasure = beginErasure(db, actorOf(ours), ours.annId, order, () => null)
    await expect(erasure).rejects.toThrow("Nobody was erased.")
  },

  "a person's counts are limited to their tenant": async ({ db, sql, ours, theirs }) => {
    await sql`
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
      values (${newId()}, ${theirs.tenantId}, ${theirs.agentId}, ${ours.annId}, ${newId()})`
    await sql`
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes)
      values (${newId()}, ${theirs.tenantId}, ${ours.annId}, 'x', 'x', 'x', '{}')`
    await sql`
      insert into invitations (id, tenant_id, email, hash, invited_by, expires_at)
      values (${newId()}, ${theirs.tenantId}, 'x@y.z', 'x', ${ours.annId}, now())`
    expect(await beginErasure(db, actorOf(ours), ours.annId, order, () => null)).toMatchObject({
      conversations: 2,
      tokens: 2,
      invitations: 0,
    })
  },

  "a session of another tenant's person is not recent": async ({ db, ours, theirs }) => {
    const of = (userId: string, sessionId: string) =>
      isRecentSession(db, { tenantId: ours.tenantId, userId }, sessionId, 60)
    expect(await of(ours.annId, ours.sessionId)).toBe(true)
    expect(await of(theirs.annId, theirs.sessionId)).toBe(false)
  },
}

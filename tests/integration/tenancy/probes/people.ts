import { expect } from "vitest"

import { acceptInvitation, findInvitation } from "#db/queries/accept-invitation.ts"
import { findPasswordHash, replacePassword } from "#db/queries/accounts.ts"
import { changeTokenLimit, getTokenLimit } from "#db/queries/budget.ts"
import { changePerson } from "#db/queries/change-person.ts"
import {
  insertInvitation,
  listInvitations,
  revokeInvitation,
  revokeInvitationsOf,
  revokeInvitationsTo,
  type InviteState,
} from "#db/queries/invitations.ts"
import { hasFirstOwner, insertFirstOwner } from "#db/queries/owner.ts"
import { findPerson, listPeople, renamePerson } from "#db/queries/people.ts"
import { findProfile, updateTimeZone } from "#db/queries/people.ts"
import { deleteSessions, listSessions } from "#db/queries/sessions.ts"
import { listSignInAddresses } from "#db/queries/sessions.ts"
import { noteTokenUse } from "#db/queries/token-holders.ts"
import { listUsage, sumMonthTokens } from "#db/queries/usage.ts"
import { newId } from "#lib/ids.ts"

import { actorOf, move, type ProbeContext, type Probes } from "../probe.ts"

const all = { before: null, rowsMax: 100 }
const member = { name: "New", passwordHash: "a hash", address: null }
const invitation = () => ({
  id: newId(),
  role: "member" as const,
  lifeSeconds: 60,
  hash: Buffer.from(newId()),
})

async function fieldOf<T>(
  context: ProbeContext,
  table: string,
  id: string,
  field: string,
): Promise<T> {
  const { sql } = context
  const [row] = await sql<{ value: T }[]>`
    select ${sql(field)} as value from ${sql(table)} where id = ${id}`
  if (row === undefined) throw new Error(`${table} has no ${id}`)
  return row.value
}

export const peopleProbes: Probes = {
  "the list of people is limited to the tenant": async ({ db, ours }) => {
    const people = await listPeople(db, ours.tenantId, {}, all)
    expect(people.map(({ id }) => id).toSorted()).toEqual(
      [ours.ownerId, ours.adminId, ours.annId].toSorted(),
    )
  },

  "a person is found and renamed only in their tenant": async ({ db, ours, theirs }) => {
    expect(await findPerson(db, ours.tenantId, ours.annId)).not.toBeNull()
    expect(await findPerson(db, ours.tenantId, theirs.annId)).toBeNull()
    expect(await renamePerson(db, actorOf(ours, theirs.annId), "Renamed")).toBe(false)
    expect(await renamePerson(db, actorOf(ours, ours.annId), "Renamed")).toBe(true)
  },

  "tokens of another tenant do not make a person active": async ({ db, sql, ours, theirs }) => {
    const id = newId()
    await sql`
      insert into tokens (id, tenant_id, user_id, name, hash, start, scopes)
      values (${id}, ${theirs.tenantId}, ${ours.annId}, 'x', 'x', 'x', '{}')`
    const use = { route: "GET /v1/api/me", address: null }
    await noteTokenUse(db, theirs.tenantId, id, use)
    await noteTokenUse(db, ours.tenantId, id, use)
    expect((await findPerson(db, ours.tenantId, ours.annId))?.lastActiveAt).toBeNull()
    await noteTokenUse(db, ours.tenantId, ours.tokenId, use)
    expect((await findPerson(db, ours.tenantId, ours.annId))?.lastActiveAt).not.toBeNull()
  },

  "a profile belongs to the person's tenant": async ({ db, ours, theirs }) => {
    for (const side of [ours, theirs]) {
      const profile = await findProfile(db, side.tenantId, side.annId)
      expect(profile?.tenantName).toBe(side.name)
    }
    expect(await findProfile(db, ours.tenantId, theirs.annId)).toBeNull()
  },

  "a time zone is stored only for people of the tenant": async ({ db, ours, theirs }) => {
    await updateTimeZone(db, ours.tenantId, theirs.annId, "Asia/Tokyo")
    await updateTimeZone(db, ours.tenantId, ours.annId, "Europe/Rome")
    const rows = await db.$client<{ zone: string | null }[]>`
      select time_zone as zone from users where id in (${theirs.annId}, ${ours.annId})
      order by id = ${ours.annId}`
    expect(rows.map((row) => row.zone)).toEqual([null, "Europe/Rome"])
  },

  "sessions are listed and ended only for people of the tenant": async ({ db, ours, theirs }) => {
    const stranger = { tenantId: ours.tenantId, userId: theirs.annId }
    expect(await listSessions(db, stranger)).toEqual([])
    expect(await listSessions(db, { ...stranger, userId: ours.annId })).toHaveLength(1)
    expect(await deleteSessions(db, actorOf(ours, theirs.annId), { allBut: null })).toBe(0)
    expect(await deleteSessions(db, actorOf(ours, ours.annId), { allBut: null })).toBe(1)
  },

  "a person's sign-in addresses come from their tenant's records": async (context) => {
    const { db, sql, ours, theirs } = context
    const [ann] = await sql<{ email: string }[]>`select email from users where id = ${ours.annId}`
    for (const [side, address] of [
      [ours, "192.0.2.1"],
      [theirs, "192.0.2.2"],
    ] as const) {
      await sql`
        insert into audit (id, tenant_id, action, actor_id, address)
        values (${newId()}, ${side.tenantId}, 'session.created', ${ours.annId}, ${address})`
    }
    expect(await listSignInAddresses(db, ann?.email ?? "")).toEqual(["192.0.2.1"])
  },

  "a password is checked and changed in its tenant": async ({ db, ours, theirs }) => {
    const stranger = { tenantId: ours.tenantId, userId: theirs.annId }
    expect(await findPasswordHash(db, stranger)).toBeNull()
    const hashes = { old: theirs.passwordHash, next: "another" }
    const actor = actorOf(ours, theirs.annId)
    expect(await replacePassword(db, actor, hashes, theirs.sessionId)).toBe(false)
  },

  "a role is changed, and a person disabled, only in the tenant": async ({ db, ours, theirs }) => {
    const change = { role: "admin" as const, isDisabled: true }
    expect(await changePerson(db, actorOf(ours), theirs.annId, change, () => null)).toBe("missing")
    expect(await changePerson(db, actorOf(ours), ours.annId, change, () => null)).toBeNull()
  },

  "a person who has left the tenant meanwhile keeps their role": async (context) => {
    const { db, ours } = context
    context.before("update users set role", move(context, "users", ours.annId))
    await changePerson(db, actorOf(ours), ours.annId, { role: "admin" }, () => null)
    expect(await fieldOf(context, "users", ours.annId, "role")).toBe("member")
  },

  "a person who has left the tenant meanwhile is not disabled": async (context) => {
    const { db, ours } = context
    context.before("update users set disabled_at", move(context, "users", ours.annId))
    await changePerson(db, actorOf(ours), ours.annId, { isDisabled: true }, () => null)
    expect(await fieldOf(context, "users", ours.annId, "disabled_at")).toBeNull()
  },

  "an invitation joins the tenant that issued it": async ({ db, sql, ours, theirs }) => {
    for (const side of [ours, theirs]) {
      const found = await findInvitation(db, side.invitationHash)
      expect(found).toMatchObject({ tenantName: side.name, inviterName: `${side.name} owner` })
    }
    await sql`update invitations set invited_by = ${theirs.ownerId} where id = ${ours.invitationId}`
    expect((await findInvitation(db, ours.invitationHash))?.inviterName).toBeNull()
    const listed = await listInvitations(db, ours.tenantId, all)
    expect(listed).toMatchObject([{ id: ours.invitationId, inviterName: null }])
  },

  "an address invited in another tenant is taken": async ({ db, sql, ours, theirs }) => {
    await sql`
      insert into users (id, name, email, tenant_id)
      select ${newId()}, 'Waits', email, ${theirs.tenantId} from invitations
      where id = ${ours.invitationId}`
    expect(await acceptInvitation(db, ours.invitationId, member, () => true)).toBe("taken")
  },

  "a person who has left the tenant meanwhile gets no password by its link": async (context) => {
    const { db, sql, ours } = context
    await sql`
      update invitations set email = (select email from users where id = ${ours.annId})
      where id = ${ours.invitationId}`
    await sql`delete from accounts where user_id = ${ours.annId}`
    context.before("insert into users", move(context, "users", ours.annId))
    expect(await acceptInvitation(db, ours.invitationId, member, () => true)).toBe("taken")
  },

  "the first owner is never a person of another tenant": async ({ db, theirs }) => {
    const owner = { userId: newId(), accountId: newId(), passwordHash: "a hash", address: null }
    const email = `${theirs.adminId}@studio.test`
    expect(await insertFirstOwner(db, { ...owner, name: "New", email })).toBe("taken")
    expect(await insertFirstOwner(db, { ...owner, name: "New", email: "new@b.c" })).toBe("made")
    expect(await hasFirstOwner(db)).toBe(true)
  },

  "an invitation moved meanwhile is not redeemed": async (context) => {
    const { db, ours } = context
    context.before(
      "update invitations set accepted_at",
      move(context, "invitations", ours.invitationId),
    )
    await acceptInvitation(db, ours.invitationId, member, () => true)
    expect(await fieldOf(context, "invitations", ours.invitationId, "accepted_at")).toBeNull()
  },

  "inviting reveals nothing of another tenant and changes nothing there": async (context) => {
    const { db, ours, theirs } = context
    const actor = actorOf(ours)
    const email = `${theirs.invitationId}@studio.test`
    const states: unknown[] = []
    const judge = (state: InviteState) => {
      states.push(state)
      return "member" as const
    }
    await insertInvitation(db, actor, { ...invitation(), email }, judge)
    await insertInvitation(db, actor, { ...invitation(), email: theirs.annEmail }, judge)
    await insertInvitation(db, actorOf(ours, theirs.ownerId), { ...invitation(), email }, judge)
    const unknown = { personRole: null, isTaken: false, openRoles: [] }
    expect(states).toEqual([
      { ...unknown, inviterRole: "owner" },
      { ...unknown, inviterRole: "owner" },
      { ...unknown, inviterRole: null, openRoles: ["member"] },
    ])
    await revokeInvitationsOf(tappedOf(context), actor, theirs.ownerId)
    await context.sql`update invitations set email = ${theirs.annEmail} where id in ${context.sql([
      ours.invitationId,
      theirs.invitationId,
    ])}`
    await revokeInvitationsTo(tappedOf(context), actor, theirs.annId)
    expect(await fieldOf(context, "invitations", ours.invitationId, "revoked_at")).toBeNull()
    await context.sql`
      update users set email = ${`old-${newId()}@studio.test`} where id = ${theirs.annId}`
    await context.sql`update users set email = ${theirs.annEmail} where id = ${ours.annId}`
    await revokeInvitationsTo(tappedOf(context), actor, ours.annId)
    expect(await fieldOf(context, "invitations", ours.invitationId, "revoked_at")).not.toBeNull()
    await context.sql`
      update invitations set revoked_at = null where id = ${ours.invitationId}`
    const options = { onlyMembers: false }
    expect(await revokeInvitation(db, actor, theirs.invitationId, options)).toBe("missing")
    expect(await fieldOf(context, "invitations", theirs.invitationId, "revoked_at")).toBeNull()
    expect(await revokeInvitation(db, actor, ours.invitationId, options)).toBe("revoked")
  },

  "an invitation moved meanwhile is not revoked": async (context) => {
    const { db, ours } = context
    context.before(
      "update invitations set revoked_at",
      move(context, "invitations", ours.invitationId),
    )
    await revokeInvitation(db, actorOf(ours), ours.invitationId, { onlyMembers: false })
    expect(await fieldOf(context, "invitations", ours.invitationId, "revoked_at")).toBeNull()
  },

  "a token limit belongs to one tenant": async (context) => {
    const { db, sql, ours, theirs } = context
    // The last that was written comes last when all are read.
    for (const [limit, side] of [[7, theirs] as const, [9, ours] as const]) {
      await sql`update tenants set monthly_token_limit = ${limit} where id = ${side.tenantId}`
    }
    await changeTokenLimit(db, actorOf(ours), 500)
    expect(await getTokenLimit(db, ours.tenantId)).toBe(500)
    expect(await getTokenLimit(db, theirs.tenantId)).toBe(7)
    const [record] = await sql`
      select detail::jsonb from audit
      where tenant_id = ${ours.tenantId} and action = 'budget.changed'`
    expect(record).toEqual({ detail: { from: 9, to: 500 } })
  },

  "usage is counted and labelled per tenant": async ({ db, sql, ours, theirs }) => {
    expect(await sumMonthTokens(db, ours.tenantId)).toBe(110)
    const [today] = await sql<{ day: string }[]>`
      select (now() at time zone 'utc')::date::text as day`
    const range = { tenantId: ours.tenantId, from: today?.day ?? "", to: today?.day ?? "" }
    expect(await listUsage(db, { ...range, by: "day" })).toMatchObject([{ inputTokens: 100 }])
    await sql`
      update usage_days set agent_id = ${theirs.agentId}
      where tenant_id = ${ours.tenantId} and agent_id = ${ours.agentId}`
    await sql`
      update usage_days set user_id = ${theirs.annId}
      where tenant_id = ${ours.tenantId} and user_id = ${ours.annId}`
    for (const by of ["agent", "user"] as const) {
      expect(await listUsage(db, { ...range, by })).toMatchObject([{ name: null }])
    }
  },
}

/** The tapped queries that need a transaction. */
function tappedOf({ db }: ProbeContext) {
  return db.$client as unknown as ProbeContext["sql"]
}

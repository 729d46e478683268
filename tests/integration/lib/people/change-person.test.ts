import { afterAll, beforeAll, expect, test } from "vitest"

import type { PersonActor } from "#db/queries/change-person.ts"
import { insertInvitation } from "#db/queries/invitations.ts"
import { findPerson } from "#db/queries/people.ts"
import { insertSession, isLiveSession, noteSessionUse } from "#db/queries/sessions.ts"
import { noteTokenUse } from "#db/queries/token-holders.ts"
import type { Principal } from "#lib/auth/principal.ts"
import { newId } from "#lib/ids.ts"
import { changePerson } from "#lib/people/change-person.ts"
import { judgeInvitation } from "#lib/people/judge-invitation.ts"
import { mintLinkSecret } from "#lib/people/link-secret.ts"

import { createTestDatabase, type TestDatabase } from "../../../support/database.ts"
import { addPerson, addTenant } from "../../../support/people.ts"
import { noRequest } from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let database: TestDatabase
let tenantId: string

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

/** A tenant of its own for each test. */
async function addTeam(...roles: ("owner" | "admin" | "member")[]) {
  tenantId = await addTenant(database.db, "Team")
  return await Promise.all(
    roles.map((role) => addPerson(database.db, tenantId, { name: role, role })),
  )
}

function actorOf(person: { userId: string } | undefined): PersonActor {
  return {
    tenantId,
    actorId: person?.userId ?? "",
    credentialKind: "session",
    credentialId: newId(),
    requestId: newId(),
    address: "203.0.113.7",
  }
}

const context = () => ({ db: database.db, request: noRequest })

/** For `actorOf`; permissions come from the database only. */
function principalOf(person: { userId: string } | undefined): Principal {
  return {
    tenantId,
    userId: person?.userId ?? "",
    name: "",
    email: "",
    role: "member",
    scopes: new Set(),
    credential: { kind: "session", id: newId() },
  }
}

async function rolesNow(): Promise<string[]> {
  const rows = await database.db.$client<{ role: string }[]>`
    select role from users where tenant_id = ${tenantId} and disabled_at is null order by role`
  return rows.map((row) => row.role)
}

async function actions(): Promise<unknown[]> {
  const rows = await database.db.$client<{ action: string; detail: unknown }[]>`
    select action, detail::text from audit where tenant_id = ${tenantId} order by id`
  return rows.map((row) => [row.action, JSON.parse(String(row.detail))])
}

test("of owners who demote each other concurrently one always remains", async () => {
  for (let round = 0; round < 10; round++) {
    const [ann, bob] = await addTeam("owner", "owner")
    const done = await Promise.allSettled([
      changePerson(context(), principalOf(ann), { personId: bob?.userId ?? "", role: "member" }),
      changePerson(context(), principalOf(bob), { personId: ann?.userId ?? "", isDisabled: true }),
    ])
    expect(done.filter((one) => one.status === "fulfilled")).toHaveLength(1)
    expect(await rolesNow()).toContain("owner")
  }
})

test("a disabled person has no session, and their invitations are void", async () => {
  const { db } = database
  const [owner, admin] = await addTeam("owner", "admin")
  const userId = admin?.userId ?? ""
  await db.$client`
    insert into sessions (id, user_id, token, expires_at)
    values (${newId()}, ${userId}, ${newId()}, now() + interval '1 day')`
  const order = { id: newId(), email: "new@example.com", role: "member" as const, lifeSeconds: 60 }
  const { hash } = mintLinkSecret()
  await insertInvitation(db, actorOf(admin), { ...order, hash }, judgeInvitation)
  await changePerson(context(), principalOf(owner), { personId: userId, isDisabled: true })
  const live = () => db.$client`
    select 1 from sessions where user_id = ${userId} and ${isLiveSession(db.$client)}`
  expect(await live()).toHaveLength(0)
  const open = await db.$client`
    select 1 from invitations where tenant_id = ${tenantId} and revoked_at is null`
  expect(open).toHaveLength(0)
  expect(await actions()).toEqual([
    ["invitation.created", { email: "new@example.com", role: "member" }],
    ["user.disabled", {}],
    ["invitation.revoked", {}],
  ])
  await changePerson(context(), principalOf(owner), { personId: userId, isDisabled: false })
  expect(await live()).toHaveLength(0)
})

test("the last activity outlives its session and the disabling of the person", async () => {
  const { db } = database
  const [owner, member] = await addTeam("owner", "member")
  const userId = member?.userId ?? ""
  const lastActive = async () =>
    (await findPerson(db, tenantId, userId))?.lastActiveAt?.getTime() ?? null
  expect(await lastActive()).toBeNull()
  const id = newId()
  const expiresAt = new Date(Date.now() + 60_000)
  await insertSession(db, {
    id,
    userId,
    token: id,
    expiresAt,
    ipAddress: null,
    userAgent: null,
  })
  const opened = await lastActive()
  expect(opened).toBeGreaterThan(Date.now() - 60_000)
  await db.$client`update sessions set updated_at = now() - interval '2 minutes' where id = ${id}`
  await noteSessionUse(db, id)
  expect(await lastActive()).toBeGreaterThan(opened ?? Infinity)
  const used = await lastActive()
  await changePerson(context(), principalOf(owner), { personId: userId, isDisabled: true })
  expect(await lastActive()).toBe(used)
  await db.$client`delete from sessions where user_id = ${userId}`
  expect(await lastActive()).toBe(used)
})

test("recording a use waits for a concurrent disabling or erasure, and holds no locks meanwhile", async () => {
  const { db } = database
  const [member] = await addTeam("member")
  const userId = member?.userId ?? ""
  const id = newId()
  await db.$client`
    insert into sessions (id, user_id, token, expires_at, updated_at)
    values (${id}, ${userId}, ${id}, now() + interval '1 day', now() - interval '1 hour')`
  const [token] = await db.$client<{ id: string }[]>`
    select id from tokens where user_id = ${userId}`
  const use = { route: "GET /v1/api/me", address: null }
  let noting: Promise<unknown> = Promise.resolve()
  await db.$client.begin(async (sql) => {
    await sql`select 1 from users where id = ${userId} for no key update`
    noting = Promise.all([noteSessionUse(db, id), noteTokenUse(db, tenantId, token?.id ?? "", use)])
    await waitFor(async () => {
      const waiting = await db.$client`
        select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return waiting.length === 2
    })
    await sql`set local lock_timeout = '500ms'`
    await sql`delete from sessions where id = ${id}`
    await sql`delete from tokens where user_id = ${userId}`
  })
  await noting
})

test("an unchanged value leaves no audit record; neither does a refused change", async () => {
  const [owner, admin, member] = await addTeam("owner", "admin", "member")
  const id = member?.userId ?? ""
  await changePerson(context(), principalOf(owner), {
    personId: id,
    role: "member",
    isDisabled: false,
  })
  const refused = changePerson(context(), principalOf(admin), { personId: id, role: "admin" })
  await expect(refused).rejects.toMatchObject({ code: "owner_required" })
  expect(await actions()).toEqual([])
  await changePerson(context(), principalOf(owner), { personId: id, role: "admin" })
  expect(await actions()).toEqual([["user.role_changed", { from: "member", to: "admin" }]])
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"

import { answerRequest } from "#lib/http/handle-request.ts"
import { createTenant } from "#lib/people/create-tenant.ts"
import { judgeInvitation } from "#lib/people/judge-invitation.ts"
import type { Role } from "#lib/protocol/people.ts"
import type { StartedRuntime } from "#lib/runtime.ts"
import { issueToken } from "#lib/tokens/issue-token.ts"

import { accountRequest, cookieOf } from "../../support/account-request.ts"
import { call } from "../../support/http.ts"
import { addPerson, addToken } from "../../support/people.ts"
import { serveStudio, signIn, type StudioServer } from "../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../support/studio.ts"

/**
 * Every path that grants a role or an identity: setup, invitations, reset links, changed people,
 * minted and rotated tokens, the inputs of account pages and the sign-in library, and the scripts.
 * No one except an owner may gain rights through any of them.
 */

let studio: TestStudio
let runtime: StartedRuntime
let server: StudioServer
let tenantId: string

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
  server = await serveStudio(runtime)
  tenantId = studio.principal.tenantId
})
afterAll(async () => {
  await server.close()
  await studio.stop()
})

const ranks = { member: 0, admin: 1, owner: 2 } as const
const password = "a sentence works"

interface Actor {
  name: string
  role: Role
  userId: string
  email: string
  headers: Record<string, string>
}

/** Fresh people of the matrix; `made…` were created by a script and cannot sign in yet. */
interface Cast {
  owner: Actor
  admin: Actor
  member: Actor
  adminToken: Actor
  madeMember: Actor
  madeAdmin: Actor
  madeOwner: Actor
  invitedAdmin: Actor
}

async function actor(name: string, role: Role, hasPassword: boolean): Promise<Actor> {
  const person = await addPerson(studio.db, tenantId, { name, role })
  const email = `${person.userId}@studio.test`
  const headers: Record<string, string> = hasPassword
    ? { cookie: await signIn(runtime, person), "sec-fetch-site": "same-origin" }
    : { authorization: `Bearer ${person.token}` }
  return { name, role, userId: person.userId, email, headers }
}

let cast: Cast

beforeEach(async () => {
  const sql = studio.db.$client
  await sql`update users set disabled_at = now(), role = 'member' where tenant_id = ${tenantId}`
  await sql`update invitations set revoked_at = now() where accepted_at is null`
  await sql`delete from tries`
  const owner = await actor("owner", "owner", true)
  const admin = await actor("admin", "admin", true)
  const token = await addToken(studio.db, { tenantId, userId: admin.userId }, { scopes: ["admin"] })
  cast = {
    owner,
    admin,
    member: await actor("member", "member", true),
    adminToken: { ...admin, headers: { authorization: `Bearer ${token}` } },
    madeMember: await actor("madeMember", "member", false),
    madeAdmin: await actor("madeAdmin", "admin", false),
    madeOwner: await actor("madeOwner", "owner", false),
    invitedAdmin: { ...owner, userId: owner.userId, email: "invited@studio.test", role: "admin" },
  }
  const invited = await as(owner, "POST", "/v1/api/users", {
    email: "invited@studio.test",
    role: "admin",
  })
  if (invited.status !== 201) throw new Error(invited.text)
})

const as = (who: Actor, method: string, path: string, json: object) =>
  call(server.url, method, path, { headers: who.headers, json })

async function roleNow(userId: string): Promise<Role> {
  const [row] = await studio.db.$client<{ role: Role }[]>`
    select role from users where id = ${userId}`
  if (row === undefined) throw new Error("They are gone.")
  return row.role
}

/** Follows the link of a response. @returns the role of the resulting session, or null */
async function join(link: unknown): Promise<Role | null> {
  const secret = String(link).split("/").at(-1) ?? ""
  const body = { secret, name: "Joined", password, role: "owner" }
  return await roleOf(await answerRequest(runtime, accountRequest("/api/invite", body)))
}

/** The role of the session that an account endpoint creates. */
async function roleOf(answer: Response): Promise<Role | null> {
  if (answer.headers.getSetCookie().length === 0) return null
  const me = await call(server.url, "GET", "/v1/api/me", { headers: { cookie: cookieOf(answer) } })
  return (me.json["user"] as { role: Role } | undefined)?.role ?? null
}

/** Attempts of one person on another; each returns the resulting role, or null. */
const paths: Record<string, (who: Actor, on: Actor) => Promise<Role | null>> = {
  "changes their role": async (who, on) => {
    await as(who, "PATCH", `/v1/api/users/${on.userId}`, { role: "owner" })
    await as(who, "PATCH", `/v1/api/users/${who.userId}`, { role: "owner" })
    return null
  },
  "invites them, and uses the link": async (who, on) => {
    let best: Role | null = null
    for (const role of ["owner", "admin", "member"]) {
      const made = await as(who, "POST", "/v1/api/users", { email: on.email, role })
      if (made.status !== 201) continue
      const got = await join(made.json["url"])
      if (got !== null && (best === null || ranks[got] > ranks[best])) best = got
    }
    return best
  },
  "invites a new person, and uses the link": async (who, on) => {
    const email = `new-${who.name}-${on.name}@studio.test`
    const made = await as(who, "POST", "/v1/api/users", { email, role: "admin" })
    return made.status === 201 ? await join(made.json["url"]) : null
  },
  "invites them in other spellings": async (who, on) => {
    const made = await as(who, "POST", "/v1/api/users", { email: ` ${on.email.toUpperCase()} ` })
    return made.status === 201 ? await join(made.json["url"]) : null
  },
  "makes them a reset link, and uses it": async (who, on) => {
    const made = await as(who, "POST", `/v1/api/users/${on.userId}/password-reset`, {})
    if (made.status !== 201) return null
    const secret = String(made.json["url"]).split("/").at(-1)
    const body = { secret, password }
    return await roleOf(await answerRequest(runtime, accountRequest("/api/reset", body)))
  },
  "sets up the Studio as them": async (_who, on) => {
    const body = { name: "Owner", email: on.email, password }
    const here = { address: "127.0.0.1", host: "localhost:3000" }
    return await roleOf(await answerRequest(runtime, accountRequest("/api/setup", body, here)))
  },
  "signs up, and signs in, as them": async (_who, on) => {
    for (const path of ["/api/auth/sign-up/email", "/api/auth/sign-in/email"]) {
      const body = { name: "X", email: on.email, password, role: "owner", tenantId }
      const role = await roleOf(await answerRequest(runtime, accountRequest(path, body)))
      if (role !== null) return role
    }
    return null
  },
  "changes what the account pages know of themselves": async (who) => {
    await as(who, "PATCH", "/v1/api/me", { name: "X", role: "owner", tenant_id: tenantId })
    const path = "/api/auth/update-user"
    const options = { cookie: who.headers["cookie"] ?? "" }
    return await roleOf(
      await answerRequest(runtime, accountRequest(path, { role: "owner" }, options)),
    )
  },
  "mints and rotates tokens with more": async (who) => {
    const minted = await as(who, "POST", "/v1/api/tokens", { name: "x", scopes: ["user", "admin"] })
    if (minted.status !== 201) return null
    const token = String(minted.json["token"])
    const me = await call(server.url, "GET", "/v1/api/me", { token })
    return (me.json["user"] as { role: Role }).role
  },
}

describe.each(Object.keys(paths))("no one gains rights who %s", (name) => {
  const attempt = paths[name] ?? (() => Promise.resolve(null))

  test.each(["admin", "adminToken", "member", "madeMember", "madeAdmin"] as const)(
    "as %s",
    async (who) => {
      const actor = cast[who]
      for (const on of Object.values(cast)) {
        const before = await roleNow(on.userId)
        const got = await attempt(actor, on)
        const mayGet = actor.role === "member" ? -1 : ranks.member
        const own = name.startsWith("mints") ? ranks[actor.role] : mayGet
        expect([on.name, got === null || ranks[got] <= own]).toEqual([on.name, true])
        expect([on.name, await roleNow(on.userId)]).toEqual([on.name, before])
        expect(await roleNow(actor.userId)).toBe(actor.role)
      }
    },
  )
})

describe("an invitation", () => {
  const invite = (who: Actor, email: string, role: Role = "member") =>
    as(who, "POST", "/v1/api/users", { email, role })

  test("from an administrator, for a person above member, is refused", async () => {
    for (const on of [cast.madeAdmin, cast.madeOwner]) {
      const made = await invite(cast.admin, on.email)
      expect([made.status, made.json["code"]]).toEqual([403, "owner_required"])
    }
    const made = await invite(cast.admin, cast.madeMember.email)
    expect(made.status).toBe(201)
    expect(await join(made.json["url"])).toBe("member")
  })

  test("from an administrator does not replace one with a higher role", async () => {
    const made = await invite(cast.admin, cast.invitedAdmin.email)
    expect([made.status, made.json["code"]]).toEqual([403, "owner_required"])
    const open = await studio.db.$client`
      select role from invitations where email = ${cast.invitedAdmin.email}
        and revoked_at is null and accepted_at is null`
    expect(open).toEqual([{ role: "admin" }])
  })

  test("from an owner names the role it grants, and grants exactly that", async () => {
    const kept = await invite(cast.owner, cast.madeAdmin.email, "member")
    expect(kept.json["role"]).toBe("admin")
    expect(await join(kept.json["url"])).toBe("admin")
    const raised = await invite(cast.owner, cast.madeMember.email, "admin")
    expect(await join(raised.json["url"])).toBe("admin")
    const records = await studio.db.$client`
      select action, detail::text from audit
      where target_id = ${cast.madeMember.userId} and action like 'user.%'`
    expect(records).toEqual([
      { action: "user.role_changed", detail: JSON.stringify({ from: "member", to: "admin" }) },
    ])
  })

  test("expires when its recipient has gained a higher role since", async () => {
    const made = await invite(cast.admin, cast.madeMember.email)
    const path = `/v1/api/users/${cast.madeMember.userId}`
    expect((await as(cast.owner, "PATCH", path, { role: "owner" })).status).toBe(200)
    expect(await join(made.json["url"])).toBeNull()
    expect(await roleNow(cast.madeMember.userId)).toBe("owner")
    // A script that promotes a person does not consult invitations.
    const late = await invite(cast.admin, "late@studio.test")
    await issueToken(studio.db, { email: "late@studio.test", name: "late", isAdmin: true })
    expect(await join(late.json["url"])).toBeNull()
  })

  test("does not restore a role that the owner has removed since", async () => {
    const made = await invite(cast.owner, cast.madeAdmin.email)
    const path = `/v1/api/users/${cast.madeAdmin.userId}`
    expect((await as(cast.owner, "PATCH", path, { role: "member" })).status).toBe(200)
    expect(await join(made.json["url"])).toBeNull()
    expect(await roleNow(cast.madeAdmin.userId)).toBe("member")
  })

  test("to a higher role expires when its issuer is no longer an owner", async () => {
    const second = await actor("second", "owner", true)
    const made = await invite(second, "third@studio.test", "admin")
    const plain = await invite(second, "fourth@studio.test")
    const path = `/v1/api/users/${second.userId}`
    expect((await as(cast.owner, "PATCH", path, { role: "admin" })).status).toBe(200)
    expect(await join(made.json["url"])).toBeNull()
    expect(await join(plain.json["url"])).toBe("member")
  })

  test("issued while the administrator is being demoted is not created", async () => {
    const demoted = {
      inviterRole: "member",
      personRole: null,
      isTaken: false,
      openRoles: [],
    } as const
    expect(judgeInvitation(demoted, "member")).toBe("gone")
    await studio.db.$client`update users set role = 'member' where id = ${cast.admin.userId}`
    expect((await invite(cast.admin, "x@studio.test")).status).toBe(403)
  })

  test("from the installation creates the owner of a further tenant, and of no other", async () => {
    const order = { name: "Acme", slug: "acme", ownerEmail: "ann@acme.example" }
    const link = await createTenant(studio.db, { ...order, origin: "https://studio.example" })
    expect(await join(link)).toBe("owner")
    const own = await createTenant(studio.db, {
      name: "Own",
      slug: "own",
      ownerEmail: cast.madeOwner.email,
      origin: "https://studio.example",
    })
    expect(await join(own)).toBeNull()
  })
})

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { purgeSignIns } from "#db/queries/housekeeping.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import { makeOwnReset } from "#lib/people/make-own-reset.ts"
import { findPasswordReset } from "#lib/people/use-password-reset.ts"
import { madePasswordReset } from "#lib/protocol/people.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { accountRequest, cookieOf } from "../../../support/account-request.ts"
import { call } from "../../../support/http.ts"
import { addPerson, addTenant, type TestPerson } from "../../../support/people.ts"
import {
  password,
  serveStudio,
  signIn as openSession,
  type StudioServer,
} from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let runtime: StartedRuntime
let server: StudioServer

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
  server = await serveStudio(runtime)
})
afterAll(async () => {
  await server?.close()
  await studio?.stop()
})

interface Member extends TestPerson {
  cookie: string
  email: string
}

async function addMember(tenantId: string, role: "owner" | "admin" | "member"): Promise<Member> {
  const person = await addPerson(studio.db, tenantId, { name: role, role })
  const cookie = await openSession(runtime, person)
  return { ...person, cookie, email: `${person.userId}@studio.test` }
}

/** A tenant in which all people have a password and a session. */
async function addTeam() {
  const tenantId = await addTenant(studio.db, "Team")
  return {
    owner: await addMember(tenantId, "owner"),
    admin: await addMember(tenantId, "admin"),
    member: await addMember(tenantId, "member"),
  }
}

const pathOf = (userId: string) => `/v1/api/users/${userId}/password-reset`

const ask = (maker: { cookie: string }, method: string, path: string, json?: object) =>
  call(server.url, method, path, {
    headers: { cookie: maker.cookie, "sec-fetch-site": "same-origin" },
    json,
  })

const make = (maker: { cookie: string }, userId: string) => ask(maker, "POST", pathOf(userId))

async function secretFor(maker: { cookie: string }, userId: string): Promise<string> {
  const answer = await make(maker, userId)
  if (answer.status !== 201) throw new Error(answer.text)
  return madePasswordReset.parse(answer.json).url.slice(-43)
}

const use = (secret: string, changes: object = {}, address?: string) => {
  const body = { secret, password: "an entirely new one", ...changes }
  const options = address === undefined ? {} : { address }
  return answerRequest(runtime, accountRequest("/api/reset", body, options))
}

const codeOf = async (response: Response) => {
  const body = (await response.json()) as { code: string }
  return `${response.status} ${body.code}`
}

const signIn = (email: string, secret: string) =>
  answerRequest(runtime, accountRequest("/api/auth/sign-in/email", { email, password: secret }))

const principalOf = (cookie: string) => findSessionPrincipal(runtime, new Headers({ cookie }))

async function recordsOf(userId: string): Promise<string[]> {
  const rows = await studio.db.$client<{ action: string }[]>`
    select action from audit where subject_id = ${userId} and action like 'password_reset.%'
    order by id`
  return rows.map((row) => row.action)
}

describe("a reset link", () => {
  test("is created by owners for anyone else, by administrators for members, in a session only", async () => {
    const { owner, admin, member } = await addTeam()
    const { owner: foreign } = await addTeam()
    const second = await addMember(owner.tenantId, "owner")
    const codeFor = async (maker: Member, whom: string) => {
      const { status, json } = await make(maker, whom)
      return status === 201 ? "201" : `${status} ${String(json["code"])}`
    }
    expect(await codeFor(owner, member.userId)).toBe("201")
    expect(await codeFor(owner, admin.userId)).toBe("201")
    expect(await codeFor(owner, second.userId)).toBe("201")
    expect(await codeFor(admin, member.userId)).toBe("201")
    expect(await codeFor(admin, owner.userId)).toBe("403 owner_required")
    const otherAdmin = await addMember(owner.tenantId, "admin")
    expect(await codeFor(admin, otherAdmin.userId)).toBe("403 owner_required")
    expect(await codeFor(owner, owner.userId)).toBe("409 own_account")
    expect(await codeFor(admin, admin.userId)).toBe("409 own_account")
    expect(await codeFor(member, admin.userId)).toBe("403 missing_scope")
    const [theirs, nobody] = [await make(owner, foreign.userId), await make(owner, newId())]
    expect([theirs.status, theirs.text]).toEqual([404, nobody.text])
    expect((await make(owner, "me")).status).toBe(404)
    const byToken = await call(server.url, "POST", pathOf(member.userId), { token: owner.token })
    expect([byToken.status, byToken.json["code"]]).toEqual([403, "session_required"])
  })

  test("is refused for disabled people and for those without a password", async () => {
    const { owner, member } = await addTeam()
    const guest = await addPerson(studio.db, owner.tenantId, { name: "Guest" })
    const sql = studio.db.$client
    await sql`
      insert into accounts (id, user_id, account_id, provider_id)
      values (${newId()}, ${guest.userId}, 'sub', 'oidc')`
    expect((await make(owner, guest.userId)).json).toMatchObject({ code: "no_password" })
    await ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { disabled: true })
    expect((await make(owner, member.userId)).json).toMatchObject({ code: "person_disabled" })
  })

  test("sets the password once, even from two tabs, ends all sessions, and signs in", async () => {
    const { admin, member } = await addTeam()
    const secret = await secretFor(admin, member.userId)
    expect(await findPasswordReset(runtime, secret)).toMatchObject({
      state: "open",
      tenantName: "Team",
      email: member.email,
    })
    expect(await codeOf(await use(secret, { password: "short" }))).toBe("422 invalid_field")
    expect(await codeOf(await use(secret, { password: 7 }))).toBe("422 invalid_field")
    const answers = await Promise.all(
      ["first tab's words", "second tab's words"].map((next) => use(secret, { password: next })),
    )
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const winner = answers.findIndex((answer) => answer.ok)
    const cookie = cookieOf(answers[winner] ?? new Response())
    expect(await principalOf(cookie)).toMatchObject({ userId: member.userId })
    expect(await principalOf(member.cookie)).toBeNull()
    expect((await findPasswordReset(runtime, secret))?.state).toBe("used")
    expect(await codeOf(await use(secret))).toBe("409 reset_over")
    expect((await signIn(member.email, password)).status).toBe(401)
    const right = winner === 0 ? "first tab's words" : "second tab's words"
    expect((await signIn(member.email, right)).status).toBe(200)
    expect(await recordsOf(member.userId)).toEqual([
      "password_reset.created",
      "password_reset.used",
    ])
    const stored = await studio.db.$client<{ text: string }[]>`
      select concat(password_resets::text, audit.detail::text) as text
      from password_resets, audit where audit.subject_id = ${member.userId}`
    for (const { text } of stored) expect(text).not.toContain(secret)
  })

  test("admits a person locked out after too many attempts", async () => {
    const { owner, member } = await addTeam()
    for (let tries = 0; tries < 11; tries++) await signIn(member.email, "x".repeat(257))
    expect((await signIn(member.email, password)).status).toBe(429)
    expect((await use(await secretFor(owner, member.userId))).status).toBe(200)
    expect((await signIn(member.email, "an entirely new one")).status).toBe(200)
  })

  test("expires with a newer one, a new role, a new password, or lost access", async () => {
    const changes: [string, (team: Awaited<ReturnType<typeof addTeam>>) => Promise<unknown>][] = [
      ["a newer link", ({ owner, member }) => secretFor(owner, member.userId)],
      [
        "more to come by",
        ({ owner, member }) =>
          ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { role: "admin" }),
      ],
      [
        "disabled, and enabled again",
        async ({ owner, member }) => {
          await ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { disabled: true })
          await ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { disabled: false })
        },
      ],
      [
        "the password remembered, and changed",
        ({ member }) =>
          ask(member, "PUT", "/v1/api/me/password", {
            current_password: password,
            new_password: "a sentence of mine",
          }),
      ],
    ]
    for (const [name, change] of changes) {
      const team = await addTeam()
      const secret = await secretFor(team.admin, team.member.userId)
      await change(team)
      expect([name, (await findPasswordReset(runtime, secret))?.state]).toEqual([name, "revoked"])
      expect([name, await codeOf(await use(secret))]).toEqual([name, "409 reset_over"])
      const records = await recordsOf(team.member.userId)
      expect(records.slice(0, 2)).toEqual(["password_reset.created", "password_reset.revoked"])
    }
  })

  test("is void when its issuer may no longer create it", async () => {
    for (const change of [{ role: "member" }, { disabled: true }]) {
      const { owner, admin, member } = await addTeam()
      const secret = await secretFor(admin, member.userId)
      await ask(owner, "PATCH", `/v1/api/users/${admin.userId}`, change)
      expect(await codeOf(await use(secret))).toBe("409 reset_over")
      expect(await principalOf(member.cookie)).not.toBeNull()
    }
  })

  test("when expired or forged is refused before any hashing, and guessing is limited to ten attempts", async () => {
    const { owner, member } = await addTeam()
    const secret = await secretFor(owner, member.userId)
    const sql = studio.db.$client
    await sql`
      update password_resets set expires_at = now() - interval '1 second'
      where user_id = ${member.userId}`
    expect((await findPasswordReset(runtime, secret))?.state).toBe("expired")
    const hashless = { ...runtime.signIn, hashPassword: () => Promise.reject(new Error("hashed")) }
    for (const text of [secret, "x", ""]) {
      const request = accountRequest("/api/reset", { secret: text, password: "long enough" })
      const answer = await answerRequest({ ...runtime, signIn: hashless }, request)
      expect(await codeOf(answer)).toBe("409 reset_over")
    }
    const statuses: number[] = []
    for (let tries = 0; tries < 11; tries++) {
      statuses.push((await use("y".repeat(43), {}, "198.51.100.31")).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 409), 429])
    await sql`
      update password_resets set expires_at = now() - interval '31 days'
      where user_id = ${member.userId}`
    await purgeSignIns(studio.db)
    expect(await findPasswordReset(runtime, secret)).toBeNull()
  })

  test("from another site, or not as JSON, is refused", async () => {
    const request = accountRequest("/api/reset", { secret: "x", password: "long enough" })
    request.headers.set("sec-fetch-site", "cross-site")
    expect(await codeOf(await answerRequest(runtime, request))).toBe("403 cross_site")
  })
})

describe("an operator on the machine", () => {
  test("gets a link for the last owner, and sets a first password", async () => {
    const tenantId = await addTenant(studio.db, "Alone")
    const owner = await addPerson(studio.db, tenantId, { name: "Olga", role: "owner" })
    await studio.db.$client`
      insert into accounts (id, user_id, account_id, provider_id)
      values (${newId()}, ${owner.userId}, 'sub-2', 'oidc')`
    const email = `${owner.userId}@studio.test`
    const link = await makeOwnReset(studio.db, email, "https://studio.example")
    expect(link).toMatch(/^https:\/\/studio\.example\/reset\/[\w-]{43}$/)
    expect((await use(link?.slice(-43) ?? "")).status).toBe(200)
    expect((await signIn(email, "an entirely new one")).status).toBe(200)
    const [record] = await studio.db.$client<{ actor: string | null }[]>`
      select actor_id as actor from audit
      where subject_id = ${owner.userId} and action = 'password_reset.created'`
    expect(record?.actor).toBeNull()
  })

  test("sees an error for an unknown address and for a disabled person", async () => {
    expect(await makeOwnReset(studio.db, "nobody@studio.test", "http://localhost")).toBeNull()
    const { owner, member } = await addTeam()
    await ask(owner, "PATCH", `/v1/api/users/${member.userId}`, { disabled: true })
    await expect(makeOwnReset(studio.db, member.email, "http://localhost")).rejects.toMatchObject({
      code: "person_disabled",
    })
  })
})

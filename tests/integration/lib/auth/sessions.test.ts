import { createHmac } from "node:crypto"

import { hashPassword as hashWithScrypt } from "better-auth/crypto"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { purgeSignIns } from "#db/queries/housekeeping.ts"
import { listSessions } from "#lib/auth/list-sessions.ts"
import { isOutdated } from "#lib/auth/password-hash.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { accountRequest, cookieOf } from "../../../support/account-request.ts"
import { call } from "../../../support/http.ts"
import { addPerson, type TestPerson } from "../../../support/people.ts"
import {
  password,
  serveStudio,
  signIn as openSession,
  type StudioServer,
} from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let runtime: StartedRuntime
let server: StudioServer

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
  server = await serveStudio(runtime)
})
afterAll(async () => {
  await server.close()
  await studio.stop()
})

/** A person with a password, and their session. */
async function addSignedIn(name: string): Promise<TestPerson & { cookie: string; email: string }> {
  const person = await addPerson(studio.db, studio.principal.tenantId, { name })
  const cookie = await openSession(runtime, person)
  return { ...person, cookie, email: `${person.userId}@studio.test` }
}

const signIn = (body: object, options: Parameters<typeof accountRequest>[2] = {}) =>
  answerRequest(runtime, accountRequest("/api/auth/sign-in/email", body, options))

const principalOf = (cookie: string) => findSessionPrincipal(runtime, new Headers({ cookie }))

const ask = (method: string, path: string, cookie: string, json?: unknown) =>
  call(server.url, method, `/v1/api/me${path}`, {
    json,
    headers: { cookie, "sec-fetch-site": "same-origin" },
  })

async function recordsOf(userId: string): Promise<string[]> {
  const rows = await studio.db.$client<{ action: string }[]>`
    select action from audit where subject_id = ${userId} order by id`
  return rows.map((row) => row.action)
}

describe("a session", () => {
  test("ends after twelve hours without use, and after a week in any case", async () => {
    const { db } = studio
    const { userId, cookie } = await addSignedIn("Ida")
    const age = (idleHours: number, ageHours: number) => db.$client`
      update sessions set updated_at = now() - ${idleHours}::float8 * interval '1 hour',
        created_at = now() - ${ageHours}::float8 * interval '1 hour'
      where user_id = ${userId}`
    await age(11.9, 100)
    const principal = await principalOf(cookie)
    if (principal === null) throw new Error("not signed in")
    // The use is recorded and restarts the twelve hours.
    await waitFor(async () => {
      const rows = await db.$client`
        select 1 from sessions
        where user_id = ${userId} and updated_at > now() - interval '1 minute'`
      return rows.length === 1
    })
    await age(12.1, 100)
    expect(await principalOf(cookie)).toBeNull()
    await age(0, 7 * 24 + 0.1)
    expect(await principalOf(cookie)).toBeNull()
    expect(await listSessions(db, principal)).toEqual([])
  })

  test("signed in with keep lasts 30 days without use and at most a year; others end with the browser", async () => {
    const { db } = studio
    const { userId, email } = await addSignedIn("Kim")
    const answers = [
      await signIn({ email, password, keep: "true" }),
      await signIn({ email, password, keep: false }),
      await signIn({ email, password }),
    ]
    const [kept, ...others] = answers.map((answer) => answer.headers.getSetCookie())
    expect(kept).toEqual([expect.stringMatching(/^studio_session=[^;]+; Max-Age=31536000; /)])
    for (const cookies of others) {
      expect(cookies).toEqual([
        expect.stringMatching(/^studio_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/),
      ])
    }
    const cookies = answers.map(cookieOf)
    const age = (idleDays: number, ageDays: number) => db.$client`
      update sessions set updated_at = now() - ${idleDays}::float8 * interval '1 day',
        created_at = now() - ${ageDays}::float8 * interval '1 day'
      where user_id = ${userId}`
    const live = async () =>
      await Promise.all(cookies.map(async (cookie) => (await principalOf(cookie)) !== null))
    expect(await live()).toEqual([true, true, true])
    const principal = await principalOf(cookies[0] ?? "")
    if (principal === null) throw new Error("not signed in")
    const listed = await listSessions(db, principal)
    expect(listed.map((one) => one.is_kept)).toEqual([true, false, false, false])
    await age(29.9, 100)
    await purgeSignIns(db)
    expect(await live()).toEqual([true, false, false])
    // The use restarts the 30 days.
    await waitFor(async () => {
      const rows = await db.$client`
        select 1 from sessions where user_id = ${userId} and updated_at > now() - interval '1 minute'`
      return rows.length === 1
    })
    await age(30.1, 100)
    expect(await live()).toEqual([false, false, false])
    await age(0, 365.1)
    expect(await live()).toEqual([false, false, false])
    await purgeSignIns(db)
    expect(await db.$client`select 1 from sessions where user_id = ${userId}`).toHaveLength(0)
  })

  test("takes keep only as a boolean", async () => {
    const { email } = await addSignedIn("Kay")
    for (const keep of ["on", 1, [true], { keep: true }]) {
      const answer = await signIn({ email, password, keep })
      expect([answer.status, await answer.json()]).toMatchObject([422, { field: "keep" }])
    }
  })

  test("is renewed at each sign-in, and the browser's previous one ends", async () => {
    const { userId, cookie, email } = await addSignedIn("Nia")
    const options = { cookie, address: "198.51.100.9", userAgent: "Firefox/145.0 (Linux)" }
    const again = await signIn({ email: email.toUpperCase(), password }, options)
    expect([again.status, await again.text()]).toEqual([200, "{}"])
    expect(cookieOf(again)).not.toBe(cookie)
    expect(await principalOf(cookie)).toBeNull()
    const principal = await principalOf(cookieOf(again))
    if (principal === null) throw new Error("not signed in")
    expect(await listSessions(studio.db, principal)).toMatchObject([
      { device: "Firefox on Linux", address: "198.51.100.9", is_current: true },
    ])
    const out = accountRequest("/api/auth/sign-out", {}, { cookie: cookieOf(again) })
    expect((await answerRequest(runtime, out)).status).toBe(200)
    expect(await principalOf(cookieOf(again))).toBeNull()
    expect(await recordsOf(userId)).toEqual([
      "session.created",
      "session.created",
      "session.revoked",
      "session.revoked",
    ])
  })

  test("cannot be taken over with the table and the secret that signs cookies", async () => {
    const { userId, cookie } = await addSignedIn("Uma")
    const sql = studio.db.$client
    const [row] = await sql<{ stored: string; secret: string }[]>`
      select sessions.token as stored, installation.value as secret from sessions, installation
      where sessions.user_id = ${userId} and installation.name = 'sign_in_secret'`
    if (row === undefined) throw new Error("no session")
    const sign = (text: string) => {
      const signature = createHmac("sha256", row.secret).update(text).digest("base64")
      return `studio_session=${encodeURIComponent(`${text}.${signature}`)}`
    }
    const [, own = ""] = /=([^.]+)\./.exec(cookie) ?? []
    expect(sign(own)).toBe(cookie)
    expect(await principalOf(sign(own))).not.toBeNull()
    expect(row.stored).not.toBe(own)
    expect(await principalOf(sign(row.stored))).toBeNull()
  })

  test("can be ended from another one, and a changed password ends all others", async () => {
    const { userId, cookie, email } = await addSignedIn("Pia")
    const phone = cookieOf(await signIn({ email, password }))
    const listed = (await ask("GET", "/sessions", cookie)).list
    expect(listed.map((one) => one["is_current"])).toEqual([true, false])
    const id = String(listed[1]?.["id"])
    expect((await ask("DELETE", `/sessions/${id}`, cookie)).status).toBe(204)
    expect((await ask("GET", "", phone)).status).toBe(401)
    expect((await ask("DELETE", `/sessions/${id}`, cookie)).status).toBe(404)
    const laptop = cookieOf(await signIn({ email, password }))
    const change = (current: string) =>
      ask("PUT", "/password", laptop, { current_password: current, new_password: "a new sentence" })
    const wrong = await change("not the password")
    expect([wrong.status, wrong.json["field"]]).toEqual([422, "current_password"])
    expect((await ask("GET", "", cookie)).status).toBe(200)
    expect((await change(password)).status).toBe(204)
    expect((await ask("GET", "", cookie)).status).toBe(401)
    expect((await ask("GET", "", laptop)).status).toBe(200)
    expect((await recordsOf(userId)).slice(-2)).toEqual(["password.changed", "session.revoked"])
  })
})

test("signing in replaces a hash of an older format", async () => {
  const { userId, email } = await addSignedIn("Ola")
  const sql = studio.db.$client
  const old = await hashWithScrypt(password)
  await sql`update accounts set password = ${old} where user_id = ${userId}`
  for (const secret of ["not the password", password]) {
    await signIn({ email, password: secret })
    const [account] = await sql<{ password: string }[]>`
      select password from accounts where user_id = ${userId}`
    expect(isOutdated(account?.password ?? "")).toBe(secret !== password)
  }
  expect((await signIn({ email, password })).status).toBe(200)
})

describe("a disabled person", () => {
  test("sees the reason with the right password or an earlier session, and in no other case", async () => {
    const { userId, cookie, email, token } = await addSignedIn("Dee")
    const owner = await addPerson(studio.db, studio.principal.tenantId, {
      name: "Olga",
      role: "owner",
    })
    const change = (disabled: boolean) =>
      call(server.url, "PATCH", `/v1/api/users/${userId}`, {
        token: owner.token,
        json: { disabled },
      })
    await change(true)
    const right = await signIn({ email, password })
    expect([right.status, await right.json(), right.headers.getSetCookie()]).toEqual([
      403,
      {
        error: "Your account is disabled. Ask an administrator of this Studio to enable it.",
        code: "account_disabled",
      },
      [],
    ])
    const wrong = await signIn({ email, password: "wrong" })
    const nobody = await signIn({ email: "nobody@studio.test", password: "wrong" })
    expect([wrong.status, await wrong.text()]).toEqual([nobody.status, await nobody.text()])
    await waitFor(
      async () =>
        (await recordsOf(userId)).filter((action) => action === "session.refused").length === 2,
    )
    expect(await principalOf(cookie)).toBeNull()
    const asked = await ask("GET", "", cookie)
    expect([asked.status, asked.json["code"]]).toEqual([401, "account_disabled"])
    // A token belongs to a program, which may be in other hands.
    const byToken = await call(server.url, "GET", "/v1/api/me", { token })
    expect([byToken.status, byToken.json["code"]]).toEqual([401, "unauthorized"])
    await change(false)
    const again = await ask("GET", "", cookie)
    expect([again.status, again.json["code"]]).toEqual([401, "unauthorized"])
    expect((await signIn({ email, password })).status).toBe(200)
  })
})

describe("a wrong password", () => {
  test("is recorded in the account's tenant, and nowhere for an unknown account", async () => {
    const { userId, email } = await addSignedIn("Rea")
    const counted = async () =>
      (await studio.db.$client`select 1 from audit where action = 'session.refused'`).length
    const before = await counted()
    const known = await signIn({ email, password: "wrong" })
    await waitFor(async () => (await recordsOf(userId)).includes("session.refused"))
    const unknown = await signIn({ email: "nobody@studio.test", password: "wrong" })
    expect([unknown.status, await unknown.text()]).toEqual([known.status, await known.text()])
    expect(await counted()).toBe(before + 1)
  })

  // Passwords beyond the length limit are not hashed: this test is about counting.
  test("the eleventh from one address waits; other addresses and other accounts do not", async () => {
    const { email } = await addSignedIn("Tea")
    const tooLong = "x".repeat(257)
    const other = await studio.start({ role: "web" })
    const statuses: number[] = []
    for (let tries = 0; tries < 11; tries++) {
      const request = accountRequest("/api/auth/sign-in/email", { email, password: tooLong })
      statuses.push((await answerRequest(tries % 2 === 0 ? runtime : other, request)).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    const locked = await signIn({ email, password })
    expect(Number(locked.headers.get("retry-after"))).toBeGreaterThan(800)
    const elsewhere = await signIn({ email, password }, { address: "2001:db8::7" })
    expect(elsewhere.status).toBe(200)
    const another = await signIn({ email: "someone@studio.test", password: tooLong })
    expect(another.status).toBe(401)
  })

  test("a hundred over any accounts from one address are rate-limited", async () => {
    const tooLong = "x".repeat(257)
    const address = "198.51.100.77"
    const spray = async (at: number) =>
      (await signIn({ email: `person${at}@studio.test`, password: tooLong }, { address })).status
    expect(await spray(0)).toBe(401)
    await studio.db.$client`update tries set count = 99`
    expect([await spray(1), await spray(2)]).toEqual([401, 429])
  })

  test("is forgotten after the right one, which does not count as an attempt from there", async () => {
    const { email } = await addSignedIn("Lea")
    const address = "198.51.100.78"
    await studio.db.$client`delete from tries`
    for (const secret of ["x".repeat(257), "x".repeat(257), password]) {
      await signIn({ email, password: secret }, { address })
    }
    // Two over any accounts from that address, two at Lea's from anywhere; none at Lea's from
    // there.
    const counts = [...(await studio.db.$client`select count from tries`)]
    expect(counts).toEqual([{ count: 2 }, { count: 2 }])
  })
})

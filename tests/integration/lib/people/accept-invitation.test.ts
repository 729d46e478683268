import { afterAll, beforeAll, expect, test } from "vitest"

import { insertInvitation } from "#db/queries/invitations.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import { findInvitation } from "#lib/people/accept-invitation.ts"
import { createTenant } from "#lib/people/create-tenant.ts"
import { judgeInvitation } from "#lib/people/judge-invitation.ts"
import { mintLinkSecret } from "#lib/people/link-secret.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { accountRequest, cookieOf } from "../../../support/account-request.ts"
import { addPerson, addTenant, type TestPerson } from "../../../support/people.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let runtime: StartedRuntime
let owner: TestPerson

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
  const tenantId = await addTenant(studio.db, "Northwind")
  owner = await addPerson(studio.db, tenantId, { name: "Olga", role: "owner" })
})
afterAll(() => studio.stop())

async function invite(email: string, role: "admin" | "member" = "member") {
  const { secret, hash } = mintLinkSecret()
  const id = newId()
  const actor = {
    tenantId: owner.tenantId,
    actorId: owner.userId,
    credentialKind: null,
    credentialId: null,
    requestId: null,
    address: null,
  }
  const order = { id, email, role, hash, lifeSeconds: 60 }
  const made = await insertInvitation(studio.db, actor, order, judgeInvitation)
  if (typeof made === "string") throw new Error(made)
  return { id, secret }
}

const accept = (secret: string, changes: object = {}) =>
  answerRequest(
    runtime,
    accountRequest("/api/invite", {
      secret,
      name: " Aiko ",
      password: "a sentence works",
      ...changes,
    }),
  )

const codeOf = async (response: Response) => {
  const body = (await response.json()) as { code: string }
  return `${response.status} ${body.code}`
}

test("a link creates one account with its address, role and tenant, and signs it in", async () => {
  const { id, secret } = await invite("aiko@northwind.example", "admin")
  expect(await findInvitation(runtime, secret)).toMatchObject({
    state: "open",
    tenantName: "Northwind",
    inviterName: "Olga",
  })
  const wrong = await accept(secret, { password: "short" })
  expect(await codeOf(wrong)).toBe("422 invalid_field")
  const answers = await Promise.all([accept(secret), accept(secret)])
  const good = answers.find((answer) => answer.ok)
  expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([200, 409])
  const cookie = cookieOf(good ?? new Response())
  const principal = await findSessionPrincipal(runtime, new Headers({ cookie }))
  expect(principal).toMatchObject({
    tenantId: owner.tenantId,
    name: "Aiko",
    email: "aiko@northwind.example",
    role: "admin",
  })
  expect(await findInvitation(runtime, secret)).toMatchObject({ state: "accepted" })
  const records = await studio.db.$client<{ action: string }[]>`
    select action from audit where tenant_id = ${owner.tenantId} and (target_id = ${id}
      or subject_id = ${principal?.userId ?? ""}) order by id`
  expect(records.map((record) => record.action)).toEqual([
    "invitation.created",
    "invitation.accepted",
    "user.created",
    "session.created",
  ])
})

test("used, revoked, expired, replaced and forged links are refused before any hashing", async () => {
  const sql = studio.db.$client
  const [revoked, expired, replaced] = [
    await invite("r@x.example"),
    await invite("e@x.example"),
    await invite("p@x.example"),
  ]
  await sql`update invitations set revoked_at = now() where id = ${revoked.id}`
  await sql`update invitations set expires_at = now() where id = ${expired.id}`
  await invite("p@x.example")
  const hashless = { ...runtime.signIn, hashPassword: () => Promise.reject(new Error("hashed")) }
  const secrets = [revoked.secret, expired.secret, replaced.secret, "x".repeat(43), "x", ""]
  for (const secret of secrets) {
    const request = accountRequest("/api/invite", { secret, name: "A", password: "long enough" })
    const answer = await answerRequest({ ...runtime, signIn: hashless }, request)
    expect(await codeOf(answer)).toBe("409 invitation_over")
  }
  expect((await findInvitation(runtime, revoked.secret))?.state).toBe("revoked")
  expect((await findInvitation(runtime, expired.secret))?.state).toBe("expired")
  expect(await findInvitation(runtime, "x".repeat(43))).toBeNull()
})

test("an address registered in another tenant creates no account and stays there", async () => {
  const elsewhere = await addPerson(studio.db, await addTenant(studio.db, "Else"), { name: "Eve" })
  const { secret } = await invite(`${elsewhere.userId}@studio.test`)
  expect(await codeOf(await accept(secret))).toBe("409 address_taken")
  const [eve] = await studio.db.$client`select name from users where id = ${elsewhere.userId}`
  expect(eve).toEqual({ name: "Eve" })
  expect((await findInvitation(runtime, secret))?.state).toBe("open")
})

test("guessing links is limited to ten attempts", async () => {
  const statuses: number[] = []
  for (let tries = 0; tries < 11; tries++) {
    const body = { secret: "y".repeat(43), name: "A", password: "long enough" }
    const request = accountRequest("/api/invite", body, { address: "198.51.100.1" })
    statuses.push((await answerRequest(runtime, request)).status)
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 409), 429])
})

test("a further tenant starts with its agents and its owner's link; a slug is unique", async () => {
  const order = {
    name: "Acme",
    slug: "acme",
    ownerEmail: "ann@acme.example",
    origin: "https://studio.example",
  }
  const link = (await createTenant(studio.db, order)) ?? ""
  expect(link).toMatch(/^https:\/\/studio\.example\/invite\/[\w-]{43}$/)
  expect(await createTenant(studio.db, order)).toBeNull()
  expect(await findInvitation(runtime, link.slice(-43))).toMatchObject({
    tenantName: "Acme",
    role: "owner",
    inviterName: null,
  })
  const found = await studio.db.$client<{ slug: string }[]>`
    select agents.slug from agents join tenants on tenants.id = tenant_id
    where tenants.slug = 'acme' order by 1`
  expect(found.map((agent) => agent.slug)).toEqual(["assistant", "guide"])
})

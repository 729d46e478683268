import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"

import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import { createTenant } from "#lib/people/create-tenant.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { accountRequest } from "../../../support/account-request.ts"
import { addPerson } from "../../../support/people.ts"
import { password, signIn } from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let runtime: StartedRuntime

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
})
afterAll(() => studio.stop())
beforeEach(() => studio.db.$client`delete from tries`)

const home = "198.51.100.20"
/** Passwords beyond the length limit are not hashed: this test is about counting. */
const wrong = "x".repeat(257)

async function tryIn(email: string, secret: string, address: string, of = runtime) {
  const request = accountRequest(
    "/api/auth/sign-in/email",
    { email, password: secret },
    { address },
  )
  return await answerRequest(of, request)
}

/** Counts the statuses of that many wrong passwords, each from an address of its own. */
async function guess(email: string, tries: number, addressOf: (at: number) => string) {
  const statuses: number[] = []
  for (let at = 0; at < tries; at++) {
    statuses.push((await tryIn(email, wrong, addressOf(at))).status)
  }
  const refusedAt = statuses.indexOf(429)
  const allowed = refusedAt === -1 ? tries : refusedAt
  return { allowed, isKept: statuses.slice(allowed).every((status) => status === 429) }
}

const anywhere = (at: number) => `203.0.${Math.floor(at / 250) + 1}.${at % 250}`

async function addAccount(name: string): Promise<string> {
  const person = await addPerson(studio.db, studio.principal.tenantId, { name })
  await signIn(runtime, person)
  return `${person.userId}@studio.test`
}

describe("an account under a distributed attack", () => {
  test("is closed to new addresses for an hour, and open to known ones of its owner", async () => {
    const email = await addAccount("Tea")
    expect((await tryIn(email, password, home)).status).toBe(200)
    expect(await guess(email, 110, anywhere)).toEqual({ allowed: 100, isKept: true })
    const refused = await tryIn(email, password, "192.0.2.9")
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({
      code: "rate_limited",
      error: expect.stringContaining("from where you have signed in before"),
    })
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3_500)
    const other = await studio.start({ role: "web" })
    expect((await tryIn(email, password, "192.0.2.10", other)).status).toBe(429)
    expect((await tryIn(email, wrong, home)).status).toBe(401)
    for (const of of [runtime, other]) {
      expect((await tryIn(email, password, home, of)).status).toBe(200)
    }
    const another = await addAccount("Lea")
    expect((await tryIn(another, password, "192.0.2.9")).status).toBe(200)
    await studio.db.$client`update tries set since = since - interval '1 hour'`
    expect((await tryIn(email, password, "192.0.2.9")).status).toBe(200)
  })

  test("that does not exist gets the same responses", async () => {
    const email = "nobody@studio.test"
    expect(await guess(email, 103, anywhere)).toEqual({ allowed: 100, isKept: true })
  })

  test("recognises the network of an IPv6 address, and ignores other accounts' sign-ins", async () => {
    const email = await addAccount("Pia")
    const another = await addAccount("Ida")
    expect((await tryIn(email, password, "2001:db8:1:2::1")).status).toBe(200)
    expect((await tryIn(another, password, home)).status).toBe(200)
    await guess(email, 1, anywhere)
    await studio.db.$client`update tries set count = 100 where count = 1`
    expect((await tryIn(email, password, "2001:db8:1:2::abcd")).status).toBe(200)
    expect((await tryIn(email, password, "2001:db8:1:3::1")).status).toBe(429)
    expect((await tryIn(email, password, home)).status).toBe(429)
  })

  test("admits a person with a reset link, and later sign-ins from there", async () => {
    const email = `${newId()}@acme.example`
    const slug = newId().slice(-12)
    const link = await createTenant(studio.db, {
      name: "Acme",
      slug,
      ownerEmail: email,
      origin: "https://studio.example",
    })
    expect(await guess(email, 103, anywhere)).toEqual({ allowed: 100, isKept: true })
    expect((await tryIn(email, password, home)).status).toBe(429)
    const secret = link?.split("/").at(-1)
    const joining = { secret, name: "Ann", password }
    const joined = await answerRequest(
      runtime,
      accountRequest("/api/invite", joining, { address: home }),
    )
    expect(joined.status).toBe(200)
    expect((await tryIn(email, password, home)).status).toBe(200)
    expect((await tryIn(email, password, "192.0.2.9")).status).toBe(429)
  })
})

test("the right password does not count as a failed attempt", async () => {
  const email = await addAccount("Ada")
  await studio.db.$client`delete from tries`
  await tryIn(email, password, home)
  await tryIn(email, password, "2001:db8:7::1")
  const counted = await studio.db.$client`select 1 from tries where count > 0`
  expect(counted).toHaveLength(0)
})

test("attempts blocked for one address do not count against the account either", async () => {
  const email = await addAccount("Una")
  await guess(email, 120, () => "192.0.2.77")
  expect((await tryIn(email, password, "192.0.2.78")).status).toBe(200)
})

describe("an IPv6 /48", () => {
  const inSite = (site: string) => (at: number) => `2001:db8:${site}:${(at + 1).toString(16)}::1`

  test("has forty attempts at one account, over all its networks", async () => {
    const email = await addAccount("Eva")
    expect(await guess(email, 44, inSite("a"))).toEqual({ allowed: 40, isKept: true })
    expect((await tryIn(email, password, "2001:db8:b:1::1")).status).toBe(200)
    expect((await tryIn(await addAccount("Mia"), password, "2001:db8:a:1::1")).status).toBe(200)
  })

  test("has four hundred attempts over all accounts", async () => {
    expect((await tryIn("a@studio.test", wrong, inSite("c")(0))).status).toBe(401)
    await studio.db.$client`update tries set count = 399`
    expect((await tryIn("b@studio.test", wrong, inSite("c")(1))).status).toBe(401)
    expect((await tryIn("c@studio.test", wrong, inSite("c")(2))).status).toBe(429)
  })
})

test("an address with non-ASCII characters never matches another person's", async () => {
  const id = newId()
  const { tenantId } = studio.principal
  const person = await addPerson(studio.db, tenantId, { name: "Kim" })
  const email = `kim-${id}@studio.test`
  await studio.db.$client`update users set email = ${email} where id = ${person.userId}`
  await signIn(runtime, person)
  expect((await tryIn(email.toUpperCase(), password, home)).status).toBe(200)
  expect((await tryIn(email.replace("k", "\u212A"), password, home)).status).toBe(401)
})

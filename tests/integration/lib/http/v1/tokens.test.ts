import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { revokeUnusedTokens } from "#db/queries/token-holders.ts"
import { auditPage } from "#lib/protocol/audit.ts"
import { tokenList } from "#lib/protocol/tokens.ts"

import { call, type Answer } from "../../../../support/http.ts"
import { addPerson, addToken, type TestPerson } from "../../../../support/people.ts"
import { signIn } from "../../../../support/studio-server.ts"
import { waitFor } from "../../../../support/wait-for.ts"
import { createWorld, type World } from "../../../../support/world.ts"

const path = "/v1/api/tokens"

let world: World
let person: TestPerson
let cookie: string

beforeAll(async () => {
  world = await createWorld()
  person = await addPerson(world.studio.db, world.ours.id, { name: "Rosa" })
  cookie = await signIn(world.runtime, person)
})

afterAll(async () => await world?.close())

const asSession = (method: string, address: string, json?: unknown): Promise<Answer> =>
  call(world.url, method, address, {
    headers: { cookie, "sec-fetch-site": "same-origin" },
    ...(json === undefined ? {} : { json }),
  })
const mint = async (order: object = {}) =>
  (await asSession("POST", path, { name: "x", ...order })).json
const rotate = (id: unknown, body?: object) =>
  asSession("POST", `${path}/${String(id)}/rotate`, body)
const listed = async () => tokenList.parse((await asSession("GET", path)).list)
const use = async (token: unknown, address = "/v1/api/me") =>
  (await call(world.url, "GET", address, { token: String(token) })).status
const records = async (target: unknown) =>
  auditPage.parse(
    (
      await call(world.url, "GET", `/v1/admin/audit?target=${String(target)}`, {
        token: world.ours.admin.token,
      })
    ).json,
  ).records

describe("rotating", () => {
  test("creates a token with the same access and expiry, while the old one stays valid", async () => {
    const old = await mint({ scopes: ["agents:read"], expires_in_days: 30 })
    const answer = await rotate(old["id"], { overlap_hours: 2 })
    expect(answer.status).toBe(201)
    const { id, token } = answer.json
    expect(answer.json).toMatchObject({
      name: "x",
      scopes: ["agents:read"],
      expires_at: old["expires_at"],
    })
    expect(token).not.toBe(old["token"])
    expect([await use(token), await use(old["token"])]).toEqual([200, 200])
    const before = (await listed()).find((one) => one.id === old["id"])
    expect(before?.replaced_by).toBe(id)
    const leftHours = (Date.parse(before?.expires_at ?? "") - Date.now()) / 3_600_000
    expect(leftHours).toBeGreaterThan(1.9)
    expect(leftHours).toBeLessThanOrEqual(2)
  })

  test("without overlap ends the old one at once, and never prolongs one", async () => {
    const old = await mint()
    const { json } = await rotate(old["id"], { overlap_hours: 0 })
    expect([await use(json["token"]), await use(old["token"])]).toEqual([200, 401])
    const short = await addToken(world.studio.db, person, {
      scopes: ["user"],
      expiresInSeconds: 600,
    })
    const item = (await listed()).find((one) => one.start === short.slice(0, 11))
    await rotate(item?.id, { overlap_hours: 168 })
    const after = (await listed()).find((one) => one.id === item?.id)
    expect(after?.expires_at).toBe(item?.expires_at)
  })

  test("twice is refused, and so are scopes the calling token could not mint", async () => {
    const old = await mint()
    await rotate(old["id"])
    const again = await rotate(old["id"])
    expect([again.status, again.json["code"]]).toEqual([409, "token_replaced"])
    const wide = await mint()
    const asToken = async (token: unknown) =>
      (
        await call(world.url, "POST", `${path}/${String(wide["id"])}/rotate`, {
          token: String(token),
        })
      ).json["code"]
    const narrow = await mint({ scopes: ["agents:read"] })
    expect(await asToken(narrow["token"])).toBe("missing_scope")
    const short = await mint({ expires_in_days: 1 })
    expect(await asToken(short["token"])).toBe("outlives_credential")
    expect((await listed()).find((one) => one.id === wide["id"])?.replaced_by).toBeNull()
  })

  test.each([{ overlap_hours: -1 }, { overlap_hours: 169 }, { overlap_hours: "1" }])(
    "refuses %o",
    async (body) => {
      const answer = await rotate((await mint())["id"], body)
      expect([answer.status, answer.json["field"]]).toEqual([422, "overlap_hours"])
    },
  )
})

test("the last use records time, endpoint and address", async () => {
  const { id, token } = await mint()
  const conversation = await world.conversationOf(person)
  await use(token, `/v1/api/conversations/${conversation}`)
  const item = await waitFor(async () =>
    (await listed()).find((one) => one.id === id && one.last_used_at !== null),
  )
  expect(item).toMatchObject({
    last_used_route: "GET /v1/api/conversations/{id}",
    last_used_address: "127.0.0.1",
  })
})

test("token changes are audited, never with the secret", async () => {
  const { id, token } = await mint({ name: "watched" })
  const next = (await rotate(id)).json
  await asSession("DELETE", `${path}/${String(next["id"])}`)
  const about = [...(await records(next["id"])), ...(await records(id))]
  expect(about.map((one) => one.action)).toEqual([
    "token.revoked",
    "token.rotated",
    "token.created",
  ])
  for (const record of about) {
    expect(record).toMatchObject({ actor: { id: person.userId }, subject: { id: person.userId } })
    expect(record.detail["name"]).toBe("watched")
  }
  const text = JSON.stringify(about)
  expect(text).not.toContain(String(token).slice(7))
  expect(text).not.toContain(String(next["token"]).slice(7))
})

test("tokens unused for a year are revoked and kept", async () => {
  const { db } = world.studio
  const { id, token } = await mint()
  const fresh = await mint()
  await db.$client`update tokens set created_at = now() - interval '366 days' where id = ${String(id)}`
  expect(await revokeUnusedTokens(db)).toBe(1)
  expect(await use(fresh["token"])).toBe(200)
  expect(await use(token)).toBe(401)
  const [record] = await records(id)
  expect(record).toMatchObject({ action: "token.revoked", actor: null })
  expect(await db.$client`select 1 from tokens where id = ${String(id)}`).toHaveLength(1)
})

test("a person has at most 100 active tokens, even with concurrent requests", async () => {
  const busy = await addPerson(world.studio.db, world.ours.id, { name: "Busy" })
  const tokens = await Promise.all(
    Array.from({ length: 96 }, () => addToken(world.studio.db, busy, { scopes: ["user"] })),
  )
  await addToken(world.studio.db, busy, { scopes: ["user"], isRevoked: true })
  await addToken(world.studio.db, busy, { scopes: ["user"], expiresInSeconds: -1 })
  const as = (method: string, address: string, json?: object) =>
    call(world.url, method, address, { token: tokens[0], ...(json === undefined ? {} : { json }) })
  // With the one that a person is made with there are 97.
  const asked = await Promise.all(
    Array.from({ length: 8 }, (_, at) => as("POST", path, { name: `n${at}` })),
  )
  expect(asked.filter(({ status }) => status === 201)).toHaveLength(3)
  const refused = asked.find(({ status }) => status !== 201)
  expect([refused?.status, refused?.json["code"]]).toEqual([409, "token_limit"])
  expect(refused?.json["error"]).toContain("100")
  const list = tokenList.parse((await as("GET", path)).list)
  expect(list).toHaveLength(100)
  const [last] = list
  const rotated = `${path}/${last?.id}/rotate`
  expect((await as("POST", rotated, { overlap_hours: 1 })).json["code"]).toBe("token_limit")
  expect((await as("POST", rotated, { overlap_hours: 0 })).status).toBe(201)
  // There is room again.
  expect((await as("DELETE", `${path}/${list[1]?.id}`)).status).toBe(204)
  expect((await as("POST", path, { name: "again" })).status).toBe(201)
})

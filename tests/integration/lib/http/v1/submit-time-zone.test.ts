import { randomUUID } from "node:crypto"

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { call } from "../../../../support/http.ts"
import type { TestPerson } from "../../../../support/people.ts"
import { createWorld, type World } from "../../../../support/world.ts"

let world: World
let member: TestPerson
let path: string

beforeAll(async () => {
  world = await createWorld()
  ;({ member } = world.ours)
  path = `/v1/api/conversations/${await world.conversationOf(member)}/messages`
})
afterAll(async () => await world?.close())

const post = (json: object) => call(world.url, "POST", path, { token: member.token, json })

async function zoneOf(person: TestPerson): Promise<string | null | undefined> {
  const [row] = await world.studio.db.$client<{ zone: string | null }[]>`
    select time_zone as zone from users where id = ${person.userId}`
  return row?.zone
}

describe("the time zone of a message", () => {
  test("202: is stored with the person and updated with each message", async () => {
    expect((await post({ text: "hi", time_zone: "Europe/Berlin" })).status).toBe(202)
    expect(await zoneOf(member)).toBe("Europe/Berlin")
    expect((await post({ text: "hi", time_zone: "Asia/Tokyo" })).status).toBe(202)
    expect(await zoneOf(member)).toBe("Asia/Tokyo")
    for (const absent of [{ text: "hi" }, { text: "hi", time_zone: null }]) {
      expect((await post(absent)).status).toBe(202)
    }
    expect(await zoneOf(member)).toBe("Asia/Tokyo")
    expect(await zoneOf(world.ours.colleague)).toBeNull()
  })

  test("202: is not part of the key's fingerprint", async () => {
    const key = randomUUID()
    const first = await post({ text: "once", idempotency_key: key, time_zone: "Europe/Rome" })
    const again = await post({ text: "once", idempotency_key: key, time_zone: "Asia/Seoul" })
    const without = await post({ text: "once", idempotency_key: key })
    expect(first.json).toMatchObject({ idempotent: false })
    for (const answer of [again, without]) {
      expect(answer.json).toMatchObject({ idempotent: true, turn_id: first.json["turn_id"] })
    }
  })

  test.each([
    ["Mars/Olympus"],
    ["+01:00"],
    [""],
    ["Europe/Berlin\u0000"],
    ["x".repeat(9_000)],
    [7],
  ])("422: %j is invalid", async (zone) => {
    const answer = await post({ text: "hi", time_zone: zone })
    expect(answer.status).toBe(422)
    expect(answer.json).toMatchObject({ code: "invalid_field", field: "time_zone" })
  })

  test("202: does not delay a message when it cannot be stored", async () => {
    const { db } = world.studio
    const held = Promise.withResolvers<void>()
    const locked = Promise.withResolvers<void>()
    // Locks the person's row.
    const holding = db.$client.begin(async (sql) => {
      await sql`select id from users where id = ${member.userId} for update`
      locked.resolve()
      await held.promise
    })
    await locked.promise
    expect((await post({ text: "hi", time_zone: "Africa/Cairo" })).status).toBe(202)
    held.resolve()
    await holding
  })
})

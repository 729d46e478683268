import { once } from "node:events"
import { get as httpGet, type IncomingMessage } from "node:http"

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { AuditSealer } from "#lib/audit/sealer.ts"
import type { Call } from "#lib/http/call.ts"
import { handle } from "#lib/http/handle.ts"
import { isChunkedBody } from "#lib/http/reply.ts"
import { newId } from "#lib/ids.ts"
import { createLog } from "#lib/log.ts"

import { addPerson, type TestPerson } from "../../../support/people.ts"
import { signIn } from "../../../support/studio-server.ts"
import { createWorld, type World } from "../../../support/world.ts"

/** More than two pages of each response below. */
const rows = 2_600
/** More bytes than the socket buffers of both sides. */
const wideRows = 30_000

let world: World

beforeAll(async () => {
  world = await createWorld()
  const { third, theirs } = world
  const sql = world.studio.db.$client
  await sql`
    insert into audit (id, tenant_id, action, detail)
    select gen_random_uuid(), ${third.id}::uuid, 'token.created', '{}' from generate_series(1, ${rows})`
  await new AuditSealer(world.studio.db, createLog("silent"), undefined).sealAll()
  await sql`
    insert into audit (id, tenant_id, action, detail)
    select gen_random_uuid(), ${theirs.id}::uuid, 'token.created',
      json_build_object('name', repeat('x', 1000))
    from generate_series(1, ${wideRows})`
  await sql`
    with made as (
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
      select gen_random_uuid(), ${third.id}::uuid, ${third.agentId}::uuid, ${third.member.userId}::uuid,
        'many-' || n
      from generate_series(1, ${rows}) n returning id
    )
    insert into heads (conversation_id) select id from made`
})

afterAll(async () => await world?.close())

type Headers = Record<string, string>

/** The response to a request, before any of it is sent. */
async function openAnswer(address: string, headers: Headers, runtime = world.runtime) {
  const url = new URL(address, "http://studio.test")
  const call: Call = {
    runtime,
    mount: "front",
    method: "GET",
    path: url.pathname,
    query: url.searchParams,
    headers,
    body: { read: () => Promise.resolve(new Uint8Array()) },
    requestId: newId(),
    remoteAddress: "127.0.0.1",
    cameDirectly: () => true,
  }
  const { status, body } = await handle(call)
  if (!isChunkedBody(body)) throw new Error(`answered ${status}`)
  return body.chunks[Symbol.asyncIterator]()
}

async function takeAll(chunks: AsyncIterator<string>): Promise<string> {
  let text = ""
  for (;;) {
    const next = await chunks.next()
    if (next.done === true) return text
    text += next.value
  }
}

const bearer = (who: TestPerson): Headers => ({ authorization: `Bearer ${who.token}` })
const addBoss = (role: "admin" | "owner" = "admin") =>
  addPerson(world.studio.db, world.third.id, { name: "Boss", role })

const answers = [
  "/v1/admin/audit/export?format=csv",
  "/v1/admin/audit/export?format=jsonl",
  "/v1/admin/audit/verify",
  "/v1/admin/conversations/export",
]

describe.each(answers)("%s", (address) => {
  const sql = () => world.studio.db.$client

  test.each([
    [
      "its token is revoked",
      "unauthorized",
      ({ userId }: TestPerson) =>
        sql()`update tokens set revoked_at = now() where user_id = ${userId}`,
    ],
    [
      "its token expires",
      "unauthorized",
      ({ userId }: TestPerson) =>
        sql()`update tokens set expires_at = now() where user_id = ${userId}`,
    ],
    [
      "its person is demoted",
      "missing_scope",
      ({ userId }: TestPerson) => sql()`update users set role = 'member' where id = ${userId}`,
    ],
    [
      "its person is disabled",
      "unauthorized",
      ({ userId }: TestPerson) => sql()`update users set disabled_at = now() where id = ${userId}`,
    ],
  ])("breaks off when %s", async (_title, code, end) => {
    const boss = await addBoss()
    const chunks = await openAnswer(address, bearer(boss))
    expect((await chunks.next()).done).toBe(false)
    await end(boss)
    await expect(chunks.next()).rejects.toMatchObject({ code })
    expect((await chunks.next()).done).toBe(true)
  })

  test("is cut off when its session ends", async () => {
    const boss = await addBoss("owner")
    const cookie = await signIn(world.runtime, boss)
    const chunks = await openAnswer(address, { cookie, "sec-fetch-site": "same-origin" })
    await chunks.next()
    await sql()`delete from sessions where user_id = ${boss.userId}`
    await expect(chunks.next()).rejects.toMatchObject({ code: "unauthorized" })
  })

  test("is cut off when its server shuts down", async () => {
    const runtime = await world.studio.start({ role: "web" })
    const chunks = await openAnswer(address, bearer(world.third.owner), runtime)
    await chunks.next()
    runtime.drain()
    await expect(chunks.next()).rejects.toMatchObject({ code: "draining" })
  })

  test("completes while its credential stays valid", async () => {
    const text = await takeAll(await openAnswer(address, bearer(world.third.owner)))
    expect(
      address.endsWith("verify") ? JSON.parse(text).checked : text.split("\n").length - 2,
    ).toBeGreaterThanOrEqual(rows)
  })
})

test("an audit export pauses for a stalled reader and is cut off when access ended meanwhile", async () => {
  const { theirs, studio } = world
  const boss = await addPerson(studio.db, theirs.id, { name: "Boss", role: "admin" })
  const request = httpGet(`${world.url}/v1/admin/audit/export`, {
    agent: false,
    headers: bearer(boss),
  })
  const [response] = (await once(request, "response")) as [IncomingMessage]
  response.pause()
  await studio.db.$client`update tokens set revoked_at = now() where user_id = ${boss.userId}`
  let bytes = 0
  response.on("data", (chunk: Buffer) => (bytes += chunk.length)).resume()
  const [error] = (await once(response, "error")) as [Error & { code?: string }]
  expect(error.code).toBe("ECONNRESET")
  expect(bytes).toBeGreaterThan(0)
  expect(bytes).toBeLessThan((wideRows * 1_000) / 2)
})

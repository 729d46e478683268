import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { AuditSealer } from "#lib/audit/sealer.ts"
import { createLog } from "#lib/log.ts"
import { auditPage, auditRecord, auditVerdict, type AuditRecordItem } from "#lib/protocol/audit.ts"

import { call } from "../../../../support/http.ts"
import type { TestPerson } from "../../../../support/people.ts"
import { createWorld, type World } from "../../../../support/world.ts"

const path = "/v1/admin/audit"

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(async () => await world?.close())

const get = (who: TestPerson, address: string) =>
  call(world.url, "GET", address, { token: who.token })
const seal = () => new AuditSealer(world.studio.db, createLog("silent"), undefined).sealAll()

async function records(query: string, who = world.ours.admin): Promise<AuditRecordItem[]> {
  const answer = await get(who, `${path}?${query}`)
  if (answer.status !== 200) throw new Error(answer.text)
  return auditPage.parse(answer.json).records
}

describe("an administrator's reading", () => {
  const reads = (id: string) => records(`action=conversation.read_as_admin&target=${id}`)

  test.each(["", "/messages", "/stream"])(
    "of another person's conversation (%s) leaves one record that names the owner",
    async (suffix) => {
      const { member, admin } = world.ours
      const id = await world.conversationOf(member)
      const address = `/v1/api/conversations/${id}${suffix}?view=admin`
      await attach(admin, address)
      const [record, ...others] = await reads(id)
      expect(others).toEqual([])
      expect(record).toMatchObject({
        action: "conversation.read_as_admin",
        actor: { id: admin.userId, name: admin.name },
        target: { kind: "conversation", id },
        subject: { id: member.userId, name: member.name },
        credential: { kind: "token" },
        address: "127.0.0.1",
      })
    },
  )

  test("of a file leaves one too", async () => {
    const { conversationId, attachmentId } = await world.attachmentOf(world.ours.member)
    const file = `/v1/api/conversations/${conversationId}/attachments/${attachmentId}`
    expect((await get(world.ours.admin, `${file}?view=admin`)).status).toBe(200)
    expect(await reads(conversationId)).toHaveLength(1)
  })

  test("within a minute counts as one reading per administrator; later as another", async () => {
    const { member, admin, owner } = world.ours
    const id = await world.conversationOf(member)
    const address = `/v1/api/conversations/${id}?view=admin`
    for (const who of [admin, admin, owner]) await get(who, address)
    await get(admin, `/v1/api/conversations/${id}/messages?view=admin`)
    expect(await reads(id)).toHaveLength(2)
    await world.studio.db.$client.begin(async (sql) => {
      await sql`set local session_replication_role = replica`
      await sql`update audit set at = at - interval '61 seconds' where target_id = ${id}`
    })
    await get(admin, address)
    expect(await reads(id)).toHaveLength(3)
  })

  test("of their own conversation, or when refused, leaves none", async () => {
    const { member, admin, colleague } = world.ours
    const own = await world.conversationOf(admin)
    const theirs = await world.conversationOf(member)
    const foreign = await world.conversationOf(world.theirs.member)
    await get(admin, `/v1/api/conversations/${own}?view=admin`)
    await get(admin, `/v1/api/conversations/${theirs}`)
    await get(colleague, `/v1/api/conversations/${theirs}?view=admin`)
    await get(admin, `/v1/api/conversations/${foreign}?view=admin`)
    for (const id of [own, theirs, foreign]) expect(await reads(id)).toEqual([])
    expect(await records(`target=${foreign}`, world.theirs.admin)).toEqual([])
  })

  test("of the tenant's list leaves one per kind of query", async () => {
    const { owner } = world.third
    const listed = () => records("action=conversations.listed_as_admin", owner)
    await get(owner, "/v1/api/conversations")
    expect(await listed()).toEqual([])
    for (const q of ["", "", "&q=secret"]) await get(owner, `/v1/api/conversations?view=admin${q}`)
    expect((await listed()).map((one) => one.detail["q"])).toEqual(["secret", undefined])
  })
})

test("deleting a conversation leaves its record", async () => {
  const { member } = world.ours
  const id = await world.conversationOf(member)
  const answer = await call(world.url, "DELETE", `/v1/api/conversations/${id}`, {
    token: member.token,
  })
  expect(answer.status).toBe(200)
  expect(await records(`target=${id}`)).toMatchObject([
    {
      action: "conversation.deleted",
      actor: { id: member.userId },
      subject: { id: member.userId },
    },
  ])
})

describe("the list", () => {
  test("pages without gaps, newest first, limited to the tenant", async () => {
    await Promise.all(
      Array.from({ length: 7 }, (_, at) =>
        get(world.third.owner, `/v1/api/conversations?view=admin&q=page${at}`),
      ),
    )
    const all = await records("limit=200", world.third.owner)
    const seen: string[] = []
    let cursor: string | undefined = ""
    while (cursor !== undefined) {
      const answer = await get(world.third.owner, `${path}?limit=3${cursor}`)
      const page = auditPage.parse(answer.json)
      seen.push(...page.records.map((one) => one.id))
      cursor = page.next_cursor === undefined ? undefined : `&cursor=${page.next_cursor}`
    }
    expect(seen).toEqual(all.map((one) => one.id))
    const times = all.map((one) => one.at)
    expect(times).toEqual(times.toSorted().toReversed())
    const ours = await records("limit=200")
    expect(ours.filter((one) => seen.includes(one.id))).toEqual([])
  })

  test("filters by person, action, group of actions and time", async () => {
    const { owner } = world.third
    const [user] = await world.studio.db.$client<{ email: string }[]>`
      select email from users where id = ${owner.userId}`
    const all = await records("limit=200", owner)
    for (const query of [
      `actor=${owner.userId}`,
      `actor=${user?.email.toUpperCase()}`,
      "action=conversations",
      "action=conversations.listed_as_admin",
      "since=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00%2B02:00",
    ]) {
      expect(await records(`limit=200&${query}`, owner)).toEqual(all)
    }
    for (const query of [
      `actor=${world.ours.admin.userId}`,
      "actor=nobody%40studio.test",
      "action=conversation",
      "action=nonsense%00",
      `target=${owner.userId}`,
      `subject=${owner.userId}`,
      "until=2000-01-01T00:00:00Z",
    ]) {
      expect(await records(`limit=200&${query}`, owner)).toEqual([])
    }
  })

  test.each([
    "since=yesterday",
    "until=2026-13-01T00:00:00Z",
    "since=0000-01-01T00:00:00Z",
    "cursor=x",
    "limit=x",
    "actor=a&actor=b",
  ])("refuses %s", async (query) => {
    const answer = await get(world.ours.admin, `${path}?${query}`)
    expect([answer.status, answer.json["code"]]).toEqual([400, "invalid_query"])
  })
})

describe("the export", () => {
  test("contains the records of the list, as lines of JSON, and is itself recorded", async () => {
    const { owner } = world.third
    const answer = await get(owner, `${path}/export?format=jsonl&action=conversations`)
    expect(answer.headers["content-disposition"]).toBe('attachment; filename="audit.jsonl"')
    const lines = answer.text.trim().split("\n")
    const exported = lines.map((line) => auditRecord.parse(JSON.parse(line)))
    expect(exported).toEqual(await records("limit=200&action=conversations", owner))
    expect(await records("action=audit.exported", owner)).toMatchObject([
      { detail: { format: "jsonl", action: "conversations" } },
    ])
  })

  test("as CSV contains no spreadsheet formulas", async () => {
    const { owner } = world.theirs
    const q = encodeURIComponent('=cmd|"x",\r\n')
    await get(owner, `/v1/api/conversations?view=admin&q=${q}`)
    await world.studio.db.$client`update users set name = '=1+1' where id = ${owner.userId}`
    const { text, headers } = await get(owner, `${path}/export`)
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8")
    expect(text).toMatch(/^\ufeffat,seq,action,/)
    expect(text).toContain(",'=1+1,")
    expect(text).toContain(String.raw`"{""q"":""=cmd|\""x\"",\r\n""`)
    expect(text).not.toMatch(/(^|,)"?=/m)
  })
})

test("verify reports an intact chain, its length, and waiting records", async () => {
  const { owner } = world.third
  const before = auditVerdict.parse((await get(owner, `${path}/verify`)).json)
  expect(before).toMatchObject({ checked: 0, ok: true })
  expect(before.unsealed).toBeGreaterThan(0)
  await seal()
  const after = auditVerdict.parse((await get(owner, `${path}/verify`)).json)
  expect(after).toMatchObject({ checked: before.unsealed, ok: true, unsealed: 0 })
  const good = `${path}/verify?anchor=${after.head?.seq}:${after.head?.hash}`
  expect((await get(owner, good)).json).toMatchObject({ ok: true })
  const bad = `${path}/verify?anchor=1:${"0".repeat(64)}`
  expect((await get(owner, bad)).json).toMatchObject({ broken_at_seq: 1, broken_reason: "anchor" })
})

test("records of 32 concurrent writers form one chain within a second, whichever process seals", async () => {
  const { studio, ours } = world
  await Promise.all([studio.start(), studio.start()])
  const startedMs = performance.now()
  await Promise.all(
    Array.from({ length: 32 }, async (_, writer) => {
      for (let at = 0; at < 5; at++) {
        await get(ours.owner, `/v1/api/conversations?view=admin&q=w${writer}-${at}`)
      }
    }),
  )
  const writtenMs = performance.now()
  for (;;) {
    const verdict = auditVerdict.parse((await get(ours.admin, `${path}/verify`)).json)
    expect(verdict.ok).toBe(true)
    if (verdict.unsealed === 0 && verdict.checked >= 160) break
    // The limit is 1 s; the rest is tolerance for a busy machine.
    if (performance.now() - writtenMs > 5_000) throw new Error(JSON.stringify(verdict))
  }
  expect(writtenMs).toBeGreaterThan(startedMs)
})

/** Sends a request that may open a stream; its headers suffice. */
async function attach(who: TestPerson, address: string): Promise<void> {
  const abort = new AbortController()
  const response = await fetch(world.url + address, {
    headers: { authorization: `Bearer ${who.token}` },
    signal: abort.signal,
  })
  expect(response.status).toBe(200)
  abort.abort()
}

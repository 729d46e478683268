import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { call, openStream } from "../../../../support/http.ts"
import { addToken } from "../../../../support/people.ts"
import { waitFor } from "../../../../support/wait-for.ts"
import { createWorld, type World } from "../../../../support/world.ts"

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(async () => await world?.close())

const base = "/v1/api/conversations"

describe("POST …/messages 202", () => {
  test("sets the conversation's channel to the message's source", async () => {
    const { member } = world.ours
    const id = await world.conversationOf(member)
    const channels: unknown[] = []
    for (const source of [undefined, "slack", "extension", "api"]) {
      const json = { text: "hi", ...(source === undefined ? {} : { turn_source: source }) }
      const path = `${base}/${id}/messages`
      const answer = await call(world.url, "POST", path, { token: member.token, json })
      expect(answer.status).toBe(202)
      const [row] = await world.studio.db.$client<{ channel: string }[]>`
        select last_turn_channel as channel from conversations where id = ${id}`
      channels.push(row?.channel)
    }
    expect(channels).toEqual(["web", "slack", "extension", "api"])
  })

  test.each([
    {
      sub: "somebody else",
      role: "admin",
      "": [null, 1.5, { "é\u2028": "\ud83d\ude42" }],
    },
    "only a word",
    null,
    0,
  ])("stores the identity %j as given and trusts none of it", async (identity) => {
    const { member } = world.ours
    const id = await world.conversationOf(member)
    const path = `${base}/${id}/messages`
    const json = { text: "hi", identity }
    expect((await call(world.url, "POST", path, { token: member.token, json })).status).toBe(202)
    const [row] = await world.studio.db.$client<{ detail: string | null; payload: string }[]>`
      select detail::text as detail, payload::text as payload from journal
      where conversation_id = ${id} and kind = 'message'`
    expect(JSON.parse(row?.detail ?? "null")).toEqual(identity === null ? null : { identity })
    expect(JSON.parse(row?.payload ?? "{}")).toMatchObject({ author: { user_id: member.userId } })
    const journal = await call(world.url, "GET", path, { token: member.token })
    expect(journal.text).not.toContain("identity")
  })
})

describe("GET …/stream 200", () => {
  test("scope=full shows arguments and results only to a credential with write access", async () => {
    const { member } = world.ours
    const { conversationId: id, turnId } = await world.queuedTurnOf(member)
    const sql = world.studio.db.$client
    const entries = [
      { kind: "tool_call", name: "t", scope: "read", args_summary: "s", args_digest: "d" },
      { kind: "tool_result", is_error: false, summary: "done" },
    ]
    for (const [index, { kind, ...rest }] of entries.entries()) {
      const payload = JSON.stringify({ turn_id: turnId, id: "c", ...rest })
      await sql`
        insert into journal (conversation_id, seq, first_seq, turn_id, attempt, kind, payload, detail)
        values (${id}, ${index + 2}, ${index + 2}, ${turnId}, 1, ${kind}, ${payload}::text::json,
          '{"args":{"secret":1},"result":{"secret":2}}')`
    }
    await sql`update heads set last_seq = 3 where conversation_id = ${id}`
    const reading = await addToken(world.studio.db, member, { scopes: ["conversations:read"] })
    for (const [token, isShown] of [
      [member.token, true],
      [reading, false],
    ] as const) {
      for (const path of [
        `${base}/${id}/stream?since_seq=0&scope=full`,
        `/v1/api/stream?since=${id}:0&scope=full`,
      ]) {
        const opened = await openStream(world.url, path, { token })
        expect(opened.status).toBe(200)
        await waitFor(() => opened.events.some(({ event }) => event === "tool_result"))
        const shown = opened.events.filter(({ data }) => "args" in data || "result" in data)
        expect(shown).toHaveLength(isShown ? 2 : 0)
        await opened.close()
      }
    }
  })
})

describe("GET /v1/api/conversations 200", () => {
  test("counts exactly up to 10,000 and marks larger totals", async () => {
    const { id: tenantId, agentId, colleague } = world.third
    const sql = world.studio.db.$client
    const add = async (count: number) => {
      await sql`
        with made as (
          insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread)
          select gen_random_uuid(), ${tenantId}, ${agentId}, ${colleague.userId}, gen_random_uuid()
          from generate_series(1, ${count}::int)
          returning id
        ), joined as (
          insert into participants (conversation_id, user_id, tenant_id)
          select id, ${colleague.userId}, ${tenantId} from made
        )
        insert into heads (conversation_id) select id from made`
    }
    const list = async (query = "") =>
      (await call(world.url, "GET", `${base}?page_size=1${query}`, { token: colleague.token })).json
    await add(9_999)
    expect(await list()).toMatchObject({ total: 9_999 })
    await add(1)
    expect(await list()).toMatchObject({ total: 10_000 })
    expect(await list()).not.toHaveProperty("total_capped")
    await add(1)
    expect(await list()).toMatchObject({ total: 10_000, total_capped: true })
    expect(await list("&page=10001")).toMatchObject({ conversations: [], total_capped: true })
  })
})

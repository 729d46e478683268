import { once } from "node:events"
import { createServer, get as httpGet } from "node:http"

import { parse } from "csv-parse/sync"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { writeConversationCsv } from "#lib/admin/conversation-csv.ts"
import { openChunks, sendChunks } from "#lib/http/send-chunks.ts"

import { call } from "../../../../support/http.ts"
import type { TestPerson } from "../../../../support/people.ts"
import { waitFor } from "../../../../support/wait-for.ts"
import { createWorld, type World } from "../../../../support/world.ts"

const path = "/v1/admin/conversations/export"
const many = 2_600

let world: World

beforeAll(async () => {
  world = await createWorld()
  const { id, agentId, member } = world.third
  await world.studio.db.$client`
    with made as (
      insert into conversations (id, tenant_id, agent_id, owner_id, channel_thread, title,
        last_activity_at)
      select gen_random_uuid(), ${id}::uuid, ${agentId}::uuid, ${member.userId}::uuid, 'many-' || n,
        'Number ' || n, now() - (n / 7) * interval '1 second'
      from generate_series(1, ${many}) n returning id
    )
    insert into heads (conversation_id) select id from made`
})

afterAll(async () => await world?.close())

const get = (who: TestPerson, query = "") =>
  call(world.url, "GET", `${path}${query}`, { token: who.token })

async function addTitled(owner: TestPerson, title: string): Promise<string> {
  const id = await world.conversationOf(owner)
  await world.studio.db.$client`update conversations set title = ${title} where id = ${id}`
  return id
}

describe("the export of conversations", () => {
  test("has one line per conversation of the tenant, and writes an audit record", async () => {
    const { owner } = world.third
    const { text, status, headers } = await get(owner, "?sort=oldest")
    expect(status).toBe(200)
    expect(headers["content-type"]).toMatch(/^text\/csv/)
    expect(headers["content-disposition"]).toMatch(/^attachment; filename="conversations-.*\.csv"$/)
    expect(headers["content-length"]).toBeUndefined()
    const lines = text.trimEnd().split("\r\n")
    expect(lines[0]).toMatch(/^\ufeffid,title,owner,owner_id,agent,/)
    const ids = lines.slice(1).map((line) => line.slice(0, 36))
    expect([ids.length, new Set(ids).size]).toEqual([many, many])
    const records = await world.studio.db.$client<{ actorId: string; detail: object }[]>`
      select actor_id, detail::jsonb from audit
      where tenant_id = ${owner.tenantId} and action = 'conversations.exported'`
    expect(records).toEqual([{ actorId: owner.userId, detail: { sort: "oldest" } }])
  })

  test("is filtered like the list", async () => {
    const { admin, member, colleague } = world.ours
    const wanted = await addTitled(member, "Wanted one")
    await addTitled(colleague, "Wanted, of somebody else")
    await addTitled(member, "Another")
    const { text } = await get(admin, `?q=wanted&owner=${member.userId}`)
    const [, ...rows] = text.trimEnd().split("\r\n")
    expect(rows.map((row) => row.split(",", 3))).toEqual([[wanted, "Wanted one", member.name]])
    expect((await get(admin, "?from=yesterday")).json["code"]).toBe("invalid_query")
  })

  test("contains no spreadsheet formulas, and keeps its columns for any title", async () => {
    const { admin, member } = world.theirs
    const titles = [
      ["=1+1", "'=1+1"],
      ["+1", "'+1"],
      ["-1", "'-1"],
      ["@SUM(A1)", "'@SUM(A1)"],
      ["\uff1d1+1", "'\uff1d1+1"],
      ["\u200b=1", "'\u200b=1"],
      ["\t=1", "'\t=1"],
      ["\r=1", "'\r'=1"],
      ['=A1,"x"\r\n=2', `'=A1,"x"\r\n'=2`],
      ["x;=cmd|'/c calc'!A1;", "x;'=cmd|'/c calc'!A1;"],
      ["plain, title", "plain, title"],
    ] as const
    for (const [title] of titles) await addTitled(member, title)
    const { text, bytes } = await get(admin, "?sort=oldest")
    expect(bytes.subarray(0, 3).toString("hex")).toBe("efbbbf")
    const cells: string[][] = parse(text, { bom: true })
    expect(new Set(cells.map((row) => row.length))).toEqual(new Set([15]))
    expect(cells.slice(1).map((row) => row[1])).toEqual(titles.map(([, cell]) => cell))
  })

  test("is for administrators only", async () => {
    const refused = await get(world.ours.member)
    expect([refused.status, refused.json["code"]]).toEqual([403, "missing_scope"])
  })

  test("is read page by page as the client consumes it", async () => {
    const { owner } = world.third
    const chunks = writeConversationCsv(world.studio.db, {
      filter: {
        viewer: { tenantId: owner.tenantId, userId: owner.userId, isAdmin: true },
        isAnyChannel: true,
      },
      sort: "recent",
    })
    const taken: number[] = []
    for await (const chunk of chunks) taken.push(chunk.split("\r\n").length - 1)
    expect(taken).toEqual([1, 500, 500, 500, 500, 500, 100])
  })
})

describe("a file generated while it is sent", () => {
  /** Endless; reports when its consumer is gone. */
  function endless() {
    const state = { made: 0, isOver: false }
    async function* make() {
      try {
        for (;;) {
          state.made += 1
          yield await Promise.resolve("x".repeat(65_536))
        }
      } finally {
        state.isOver = true
      }
    }
    return { state, chunks: make() }
  }

  test("stops when its reader has left, on the front", async () => {
    const { state, chunks } = endless()
    const server = createServer((_request, response) => {
      void sendChunks(world.runtime, response, chunks)
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    const request = httpGet({ port, host: "127.0.0.1", agent: false })
    const [response] = await once(request, "response")
    await once(response, "data")
    response.pause()
    // Generates as much as fits in between and then pauses; 64 MiB would mean no backpressure.
    expect(state.made).toBeLessThan(1_024)
    response.destroy()
    await waitFor(() => state.isOver)
    server.close()
    await once(server, "close")
  })

  test("follows its reader and stops after it, on the Next mount", async () => {
    const { state, chunks } = endless()
    const reader = openChunks(world.runtime, chunks).getReader()
    for (let taken = 0; taken < 3; taken++) await reader.read()
    expect(state.made).toBeLessThanOrEqual(4)
    await reader.cancel()
    expect(state.isOver).toBe(true)
  })
})

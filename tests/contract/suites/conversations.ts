import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { conversationDetails, conversationPage } from "#lib/protocol/conversations.ts"

import { addPerson } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"
const notFound = '{"error":"Not found.","code":"not_found"}'
const strangeIds = [
  "1",
  "abc",
  "{}",
  "null",
  "undefined",
  "%27--",
  "00000000-0000-0000-0000-000000000000",
]

/** List, create, get, rename, delete, read. */
export function conversations(stage: StageOf): void {
  describe("conversations", () => {
    const list = async (query: string, token?: string) => {
      const answer = await stage().call(
        "GET",
        `${base}?${query}`,
        token === undefined ? {} : { token },
      )
      expect(answer.status, `${answer.text}`).toBe(200)
      return conversationPage.parse(answer.json)
    }
    const rename = (id: string, title: unknown, token?: string) =>
      stage().call("PATCH", `${base}/${id}`, {
        json: { title },
        ...(token === undefined ? {} : { token }),
      })
    /** Somebody whose list holds only what a test puts there. */
    const newcomer = () => addPerson(stage().db, stage().ann.tenantId, { name: "New" })

    describe("201 and 200", () => {
      test("a new conversation is the caller's, and can be got", async () => {
        const created = await stage().call("POST", base, {
          json: { agent_id: stage().agentId.toUpperCase() },
        })
        expect(created.status).toBe(201)
        const id = String(created.json["id"])
        expect(created.json).toEqual({
          id,
          agent_id: stage().agentId,
          adapter_conv_id: `web:${id}`,
          channel_kind: "web",
          channel_thread: id,
        })
        const got = await stage().call("GET", `${base}/${id.toUpperCase()}`)
        expect(conversationDetails.parse(got.json)).toMatchObject({
          conversation_id: id,
          agent: { slug: "helper" },
          participants: [{ user_id: stage().ann.userId, role: "owner" }],
          read_only: false,
          viewing_as: "participant",
          last_seq: 0,
          active_turn: null,
          queue: [],
        })
      })

      test("one key starts one conversation of each person, however often it is tried", async () => {
        const { agentId, bob } = stage()
        const json = { agent_id: agentId, idempotency_key: randomUUID() }
        const tries = await Promise.all(
          Array.from({ length: 5 }, () => stage().call("POST", base, { json })),
        )
        expect(tries.map((answer) => answer.status)).toEqual([201, 201, 201, 201, 201])
        const [first] = tries
        expect(new Set(tries.map((answer) => answer.text))).toEqual(new Set([first?.text]))
        const byHeader = await stage().call("POST", base, {
          json: { agent_id: agentId },
          headers: { "idempotency-key": json.idempotency_key },
        })
        expect(byHeader.text).toBe(first?.text)
        const others = await stage().call("POST", base, { json, token: bob.token })
        expect(others.status).toBe(201)
        expect(others.json["id"]).not.toBe(first?.json["id"])
        await stage().call("DELETE", `${base}/${String(first?.json["id"])}`)
        expect((await stage().call("POST", base, { json })).status).toBe(404)
      })

      test("the snapshot names the running turn and what waits, in order", async () => {
        const { id, turnId } = await stage().holdTurn()
        await stage().submit(id, "second", { idempotency_key: "k2" })
        await stage().submit(id, "third")
        const { json } = await stage().call("GET", `${base}/${id}`)
        const details = conversationDetails.parse(json)
        expect(details.active_turn).toMatchObject({ turn_id: turnId, message_seq: 1, attempt: 1 })
        expect(details.queue.map((turn) => [turn.text, turn.idempotency_key])).toEqual([
          ["second", "k2"],
          ["third", null],
        ])
        const [item] = (await list("page_size=1")).conversations
        expect(item).toMatchObject({ id, status: "running" })
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("pages by number and by cursor show each conversation once, in every order", async () => {
        const person = await newcomer()
        const ids = new Set<string>()
        for (let index = 0; index < 7; index++) {
          const id = await stage().createConversation(person.token)
          if (index % 2 === 0) await rename(id, `Title ${index}`, person.token)
          ids.add(id)
        }
        for (const sort of ["recent", "oldest", "title"]) {
          const byCursor: string[] = []
          let cursor: string | undefined = ""
          while (cursor !== undefined) {
            const page = await list(
              `sort=${sort}&page_size=3${cursor && `&cursor=${cursor}`}`,
              person.token,
            )
            byCursor.push(...page.conversations.map((item) => item.id))
            expect(page.total).toBe(7)
            cursor = page.next_cursor
          }
          const byNumber: string[] = []
          for (const number of [1, 2, 3]) {
            const page = await list(`sort=${sort}&page_size=3&page=${number}`, person.token)
            byNumber.push(...page.conversations.map((item) => item.id))
          }
          expect(new Set(byCursor)).toEqual(ids)
          expect(byNumber).toEqual(byCursor)
        }
        const titles = (await list("sort=title", person.token)).conversations.map(
          (item) => item.title,
        )
        expect(titles).toEqual([
          "Title 0",
          "Title 2",
          "Title 4",
          "Title 6",
          undefined,
          undefined,
          undefined,
        ])
      })

      test("page and page_size are clamped, and the envelope shows it", async () => {
        expect(await list("page=0&page_size=0")).toMatchObject({ page: 1, page_size: 1 })
        expect(await list("page=-5&page_size=101")).toMatchObject({ page: 1, page_size: 100 })
        expect(await list("page=999999&page_size=1000000")).toMatchObject({ conversations: [] })
      })

      test("q finds titles, agents and previews, takes wildcards literally, and never fails", async () => {
        const person = await newcomer()
        const id = await stage().createConversation(person.token)
        await rename(id, "100%_done", person.token)
        await stage().createConversation(person.token)
        const find = async (q: string) =>
          (await list(`q=${encodeURIComponent(q)}`, person.token)).total
        expect(await find("%_DONE")).toBe(1)
        expect(await find("0%")).toBe(1)
        expect(await find("helper")).toBe(2)
        expect(await find("100__done")).toBe(0)
        expect(await find("\\")).toBe(0)
        expect(await find("'; drop table users --")).toBe(0)
        expect(await find("")).toBe(2)
      })

      test("unknown sort and mode are the default, an unknown channel is an empty set", async () => {
        const plain = await list("")
        expect(await list("sort=title;drop%20table")).toEqual(plain)
        expect(await list("mode=nonsense")).toEqual(plain)
        expect((await list("channel_kind=nonsense")).conversations).toEqual([])
        expect((await list("channel_kind=%00")).conversations).toEqual([])
        expect((await list("mode=fast")).total).toBe(0)
      })

      test("e-mail conversations come only when asked for", async () => {
        const person = await newcomer()
        const id = await stage().createConversation(person.token)
        await stage().db.$client`update conversations set channel_kind = 'email' where id = ${id}`
        expect((await list("", person.token)).total).toBe(0)
        expect((await list("channel_kind=email", person.token)).total).toBe(1)
      })

      test.each([
        "view=admin",
        "view=ADMIN",
        "view=all",
        "view=admin&view=",
        "view[]=admin",
        "View=admin",
        "view=admin%20",
        "view=%61dmin",
      ])("?%s of a member is the plain list, byte for byte", async (query) => {
        const plain = await stage().call("GET", base)
        const asked = await stage().call("GET", `${base}?${query}`, {
          headers: { "x-view": "admin" },
        })
        expect(asked.text).toBe(plain.text)
        expect(asked.json["viewing_as"]).toBe("participant")
      })

      test("an administrator sees the tenant's conversations, all of them and no others", async () => {
        const { admin, eve } = stage()
        const foreign = await stage().call("POST", base, {
          token: eve.token,
          json: { agent_id: stage().foreignAgentId },
        })
        const ours = await stage().createConversation()
        const page = await list("view=admin&page_size=100", admin.token)
        const [count] = await stage().db.$client<{ count: number }[]>`
        select count(*)::int as count from conversations
        where tenant_id = ${admin.tenantId} and deleted_at is null and channel_kind <> 'email'`
        expect(page.viewing_as).toBe("admin")
        expect(page.total).toBe(count?.count)
        expect(page.conversations.map((item) => item.id)).toContain(ours)
        expect(page.conversations.map((item) => item.id)).not.toContain(foreign.json["id"])
        const got = await stage().call("GET", `${base}/${ours}?view=admin`, { token: admin.token })
        expect(got.json).toMatchObject({ viewing_as: "admin", read_only: true })
      })

      test("a title is pinned, and a blank one goes back to the automatic one", async () => {
        const { id } = await stage().finishedTurn("A question about tea")
        const pinned = await rename(id, "  Tea  ")
        expect(pinned.json).toEqual({ conversation_id: id, title: "Tea", title_is_custom: true })
        const stream = await stage().stream(`${base}/${id}/stream?since_seq=0`)
        await waitFor(() => stream.events.some((event) => event.data["title"] === "Tea"))
        const blank = await rename(id, " \u200b ")
        expect(blank.json).toEqual({
          conversation_id: id,
          title: "A question about tea",
          title_is_custom: false,
        })
        await waitFor(() => stream.events.at(-1)?.event === "title")
        await stream.close()
      })

      test("what one has read never goes backwards, nor beyond the end", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        const read = async (seq: number) => {
          const answer = await stage().call("PUT", `${base}/${id}/read`, { json: { seq } })
          expect(answer.status).toBe(204)
          return (await stage().call("GET", `${base}/${id}`)).json["read_seq"]
        }
        expect((await list("page_size=1")).conversations[0]).toMatchObject({ id, unread: true })
        expect(await read(3)).toBe(3)
        expect(await read(1)).toBe(3)
        expect(await read(Number.MAX_SAFE_INTEGER)).toBe(lastSeq)
        expect((await list("page_size=1")).conversations[0]).toMatchObject({ id, unread: false })
      })

      test("deleting ends streams and the running turn; afterwards it was never there", async () => {
        const { id } = await stage().holdTurn()
        const stream = await stage().stream(`${base}/${id}/stream`)
        const deleted = await stage().call("DELETE", `${base}/${id}?delete_artifacts=false`)
        expect(deleted.status).toBe(200)
        expect(deleted.json).toEqual({
          conversation_id: id,
          apps_destroyed: 0,
          artifacts_deleted: 0,
          artifacts_kept: 0,
        })
        await waitFor(() => stream.isEnded(), { timeoutMs: 2_500 })
        await waitFor(() => stage().model.openConnections() === 0, { timeoutMs: 5_000 })
        for (const [method, path, json] of everyUse(id)) {
          const answer = await stage().call(method, path, json === null ? {} : { json })
          expect([answer.status, answer.text], `${method} ${path}`).toEqual([404, notFound])
        }
      })
    })

    describe("400", () => {
      test.each([
        "page=abc",
        "page=1.5",
        "page=",
        "page=1e99",
        "page=9223372036854775808",
        "page=1&page=2",
        "page[]=1",
        "page_size=x",
        "cursor=nonsense",
        "cursor=a&cursor=b",
        "q=%00",
      ])("?%s", async (query) => {
        const answer = await stage().call("GET", `${base}?${query}`)
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_query")
      })

      test.each(["", "null", "[]", "1", "{"])("a body of %j", async (body) => {
        const answer = await stage().call("POST", base, {
          body,
          headers: { "content-type": "application/json" },
        })
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_json")
      })
    })

    describe("404", () => {
      test("missing, malformed and somebody else's are the same bytes, for every use", async () => {
        const theirs = await stage().createConversation(stage().bob.token)
        for (const id of [theirs, randomUUID(), ...strangeIds]) {
          for (const [method, path, json] of everyUse(id)) {
            const answer = await stage().call(method, path, json === null ? {} : { json })
            expect([answer.status, answer.text], `${method} ${path}`).toEqual([404, notFound])
          }
        }
      })

      test("for who may not see it, a bad request is no different", async () => {
        const theirs = await stage().createConversation(stage().bob.token)
        const bad: [string, string][] = [
          ["POST", "messages"],
          ["POST", "nudge"],
          ["PUT", "read"],
        ]
        for (const [method, path] of bad) {
          const answer = await stage().call(method, `${base}/${theirs}/${path}`, {
            json: { text: 1 },
          })
          expect(answer.text).toBe(notFound)
        }
      })

      test("an administrator who only views may not write", async () => {
        const { admin } = stage()
        const id = await stage().createConversation()
        for (const [method, path, json] of everyUse(id)) {
          if (method === "GET") continue
          const answer = await stage().call(method, `${path}?view=admin`, {
            token: admin.token,
            ...(json === null ? {} : { json }),
          })
          expect(answer.status, `${method} ${path}`).toBe(404)
        }
      })

      test("an administrator of another tenant sees and changes nothing", async () => {
        const { eve } = stage()
        const { id } = await stage().finishedTurn()
        for (const [method, path, json] of everyUse(id)) {
          const answer = await stage().call(method, `${path}?view=admin`, {
            token: eve.token,
            ...(json === null ? {} : { json }),
          })
          expect([answer.status, answer.text], `${method} ${path}`).toEqual([404, notFound])
        }
        expect((await stage().call("GET", `${base}/${id}`)).status).toBe(200)
      })

      test("an agent of another tenant, or of none", async () => {
        for (const agentId of [stage().foreignAgentId, randomUUID()]) {
          const answer = await stage().call("POST", base, { json: { agent_id: agentId } })
          expect(answer.text).toBe(notFound)
        }
      })

      test("deleting twice", async () => {
        const id = await stage().createConversation()
        expect((await stage().call("DELETE", `${base}/${id}`)).status).toBe(200)
        expect((await stage().call("DELETE", `${base}/${id}`)).text).toBe(notFound)
      })
    })

    describe("409", () => {
      test("a disabled agent starts nothing", async () => {
        const answer = await stage().call("POST", base, {
          json: { agent_id: stage().disabledAgentId },
        })
        expect(answer.status).toBe(409)
        expect(answer.json["code"]).toBe("agent_disabled")
      })
    })

    describe("422", () => {
      test.each([{}, { agent_id: 1 }, { agent_id: null }, { agent_id: "abc" }, { agent_id: [] }])(
        "create with %j names the field",
        async (json) => {
          const answer = await stage().call("POST", base, { json })
          expect(answer.status).toBe(422)
          expect(answer.json).toMatchObject({ code: "invalid_field", field: "agent_id" })
        },
      )

      test.each([1, "x".repeat(201), "a\0b", "a\ud800", undefined])(
        "a title of %j",
        async (title) => {
          const id = await stage().createConversation()
          const answer = await rename(id, title)
          expect(answer.status).toBe(422)
          expect(answer.json["field"]).toBe("title")
        },
      )

      test.each([-1, 1.5, "1", null])("reading up to %j", async (seq) => {
        const id = await stage().createConversation()
        const answer = await stage().call("PUT", `${base}/${id}/read`, { json: { seq } })
        expect(answer.status).toBe(422)
      })
    })
  })
}

/** Every request that names a conversation. */
function everyUse(id: string): [string, string, object | null][] {
  const turn = randomUUID()
  return [
    ["GET", `${base}/${id}`, null],
    ["PATCH", `${base}/${id}`, { title: "x" }],
    ["PUT", `${base}/${id}/read`, { seq: 1 }],
    ["GET", `${base}/${id}/messages`, null],
    ["POST", `${base}/${id}/messages`, { text: "hello" }],
    [
      "POST",
      `${base}/${id}/messages`,
      { text: "hello", browser_session: true, idempotency_key: "k" },
    ],
    ["GET", `${base}/${id}/stream`, null],
    ["POST", `${base}/${id}/interrupt`, {}],
    ["POST", `${base}/${id}/nudge`, { text: "hello" }],
    ["DELETE", `${base}/${id}/turns/${turn}`, null],
    ["GET", `${base}/${id}/attachments/${turn}`, null],
    ["DELETE", `${base}/${id}`, null],
  ]
}

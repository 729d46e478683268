import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { conversationDetails } from "#lib/protocol/conversations.ts"

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

/** Create, get, rename, delete, read. */
export function conversations(stage: StageOf): void {
  describe("conversations", () => {
    const rename = (id: string, title: unknown, token?: string) =>
      stage().call("PATCH", `${base}/${id}`, {
        json: { title },
        ...(token === undefined ? {} : { token }),
      })
    describe("201 and 200", () => {
      test("a new conversation belongs to the caller and can be read", async () => {
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

      test("one key creates one conversation per person, however often it is retried", async () => {
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

      test("the snapshot contains the running turn and the queue, in order", async () => {
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
        const [item] = (await stage().list("page_size=1")).conversations
        expect(item).toMatchObject({ id, status: "running" })
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("a set title is pinned, and a blank one restores the automatic title", async () => {
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

      test("the read position never moves backwards, nor beyond the end", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        const read = async (seq: number) => {
          const answer = await stage().call("PUT", `${base}/${id}/read`, { json: { seq } })
          expect(answer.status).toBe(204)
          return (await stage().call("GET", `${base}/${id}`)).json["read_seq"]
        }
        expect((await stage().list("page_size=1")).conversations[0]).toMatchObject({
          id,
          unread: true,
        })
        expect(await read(3)).toBe(3)
        expect(await read(1)).toBe(3)
        expect(await read(Number.MAX_SAFE_INTEGER)).toBe(lastSeq)
        expect((await stage().list("page_size=1")).conversations[0]).toMatchObject({
          id,
          unread: false,
        })
      })

      test("deleting ends streams and the running turn; afterwards the conversation is a 404", async () => {
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
      test("missing, malformed and foreign ids give the same bytes, for every endpoint", async () => {
        const theirs = await stage().createConversation(stage().bob.token)
        for (const id of [theirs, randomUUID(), ...strangeIds]) {
          for (const [method, path, json] of everyUse(id)) {
            const answer = await stage().call(method, path, json === null ? {} : { json })
            expect([answer.status, answer.text], `${method} ${path}`).toEqual([404, notFound])
          }
        }
      })

      test("an invalid request without access gives the same 404", async () => {
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

      test("an administrator with read access cannot write", async () => {
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

      test("an agent of another tenant, or a nonexistent one", async () => {
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
      test("a disabled agent starts no conversation", async () => {
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

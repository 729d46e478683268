import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { accepted } from "#lib/protocol/messages.ts"

import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"

/** POST …/messages. */
export function submit(stage: StageOf): void {
  describe("submit", () => {
    describe("202", () => {
      test("is committed and includes the stream's address", async () => {
        const id = await stage().createConversation()
        const answer = await stage().post(id, { text: "hello" })
        expect(answer.status).toBe(202)
        expect(accepted.parse(answer.json)).toMatchObject({
          idempotent: false,
          stream_url: `${base}/${id}/stream`,
          queued_behind: 0,
        })
        const [message] = await stage().inboundOf(id)
        expect(message).toMatchObject({
          id: answer.json["message_id"],
          turn_id: answer.json["turn_id"],
          kind: "message",
          direction: "inbound",
          author: { name: "Ann" },
        })
      })

      test.each<[string, string]>([
        ["100,000 characters of four bytes", "😀".repeat(100_000)],
        ["bidi overrides and combining marks", `\u202Eabc\u202C e${"\u0301".repeat(1_000)}`],
        ["NFC and NFD beside each other", "é e\u0301"],
        ["line ends of every kind", "a\rb\nc\r\nd\u2028e\u2029f\n\ndata: x\n\nevent: admin\nid: 9"],
        ["leading and trailing space", "  x  "],
      ])("%s round-trip unchanged", async (_name, text) => {
        const id = await stage().createConversation()
        const stream = await stage().stream(`${base}/${id}/stream`)
        expect((await stage().post(id, { text })).status).toBe(202)
        const [message] = await stage().inboundOf(id)
        expect(message?.["payload"]).toMatchObject({ text })
        await waitFor(() => stream.events.find((event) => event.event === "message"))
        expect(stream.events[0]?.data["text"]).toBe(text)
        await stream.close()
      })

      test("a body of almost 16 MiB is stored completely", async () => {
        const id = await stage().createConversation()
        const file = Buffer.alloc(11 * 1024 * 1024, "0123456789abcdef")
        const attachment = {
          filename: "big.txt",
          content_type: "text/plain",
          data_b64: file.toString("base64"),
        }
        await stage().submitLarge(id, "big", { attachments: [attachment] })
        const [message] = await stage().inboundOf(id)
        const payload = message?.["payload"] as
          | { attachments: { attachment_id: string }[] }
          | undefined
        const ref = payload?.attachments[0]
        const got = await stage().call("GET", `${base}/${id}/attachments/${ref?.attachment_id}`)
        expect(got.bytes.equals(file)).toBe(true)
      })

      test("fields outside the caller's control are ignored", async () => {
        const id = await stage().createConversation()
        const forged = {
          role: "system",
          tenant_id: stage().eve.tenantId,
          user_id: stage().bob.userId,
          agent_id: stage().foreignAgentId,
          created_at: "2000-01-01T00:00:00Z",
          seq: 99,
          is_admin: true,
          channel: "slack",
          turn_id: randomUUID(),
          identity: { sub: stage().bob.userId, name: "Bob" },
          ["__proto__"]: { polluted: true },
        }
        const answer = await stage().post(id, { text: "hello", ...forged })
        const [message] = await stage().inboundOf(id)
        expect(message).toMatchObject({
          seq: 1,
          author: { name: "Ann" },
          turn_id: answer.json["turn_id"],
        })
        expect(message?.["turn_id"]).not.toBe(forged.turn_id)
        expect(JSON.stringify(message)).not.toContain(stage().bob.userId)
      })

      test("turn_source is stored with the message and the conversation", async () => {
        const id = await stage().createConversation()
        await stage().post(id, { text: "hello", turn_source: "slack" })
        const [message] = await stage().inboundOf(id)
        expect(message?.["payload"]).toMatchObject({ turn_source: "slack" })
      })

      test("during a running turn, messages queue in order and report their position", async () => {
        const { id } = await stage().holdTurn()
        const behind = []
        for (const text of ["a", "b", "c"])
          behind.push((await stage().post(id, { text })).json["queued_behind"])
        expect(behind).toEqual([1, 2, 3])
        await stage().call("DELETE", `${base}/${id}`)
      })
    })

    describe("400", () => {
      test.each([
        "",
        "null",
        "[]",
        '"x"',
        "1",
        "true",
        '{"text":',
        '{"text":"a",}',
        '{"text":"a"}{}',
        '\ufeff{"text":"a"}',
        '{"text":NaN}',
      ])("a body of %j", async (body) => {
        const id = await stage().createConversation()
        const answer = await stage().call("POST", `${base}/${id}/messages`, {
          body,
          headers: { "content-type": "application/json" },
        })
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_json")
      })
    })

    describe("403", () => {
      test("a session without a connected browser; the retry of an accepted message is not refused", async () => {
        const id = await stage().createConversation()
        const key = randomUUID()
        const refused = await stage().post(id, {
          text: "look",
          browser_session: true,
          idempotency_key: key,
        })
        expect(refused.status).toBe(403)
        expect(refused.json["code"]).toBe("browser_not_connected")
        expect((await stage().inboundOf(id)).length).toBe(0)
        const accepted = await stage().post(id, { text: "look", idempotency_key: key })
        expect(accepted.json["idempotent"]).toBe(false)
        const other = await stage().post(id, {
          text: "look",
          browser_session: true,
          idempotency_key: key,
        })
        expect(other.json["code"]).toBe("idempotency_key_reused")
      })
    })

    describe("404", () => {
      test("a document reference, because documents do not exist yet", async () => {
        const id = await stage().createConversation()
        const answer = await stage().post(id, {
          text: "a",
          attachments: [{ document_id: randomUUID() }],
        })
        expect(answer.status).toBe(404)
      })
    })

    describe("409", () => {
      test("a read-only conversation, a disabled agent", async () => {
        const { db } = stage()
        const readOnly = await stage().createConversation()
        await db.$client`update conversations set read_only = true where id = ${readOnly}`
        expect((await stage().post(readOnly, { text: "a" })).json["code"]).toBe(
          "conversation_read_only",
        )
        const asleep = await stage().createConversation()
        await db.$client`update conversations set agent_id = ${stage().disabledAgentId} where id = ${asleep}`
        const answer = await stage().post(asleep, { text: "a" })
        expect(answer.status).toBe(409)
        expect(answer.json["code"]).toBe("agent_disabled")
      })
    })

    describe("422", () => {
      test.each<[string, object]>([
        ["text", {}],
        ["text", { text: 1 }],
        ["text", { text: null }],
        ["text", { text: [] }],
        ["text", { text: {} }],
        ["text", { text: true }],
        ["text", { text: "" }],
        ["text", { text: " \n\t" }],
        ["text", { text: "\u200b" }],
        ["text", { text: "a".repeat(100_001) }],
        ["text", { text: "a\0" }],
        ["browser_session", { text: "a", browser_session: "true" }],
        ["browser_session", { text: "a", browser_session: 1 }],
        ["idempotency_key", { text: "a", idempotency_key: "" }],
        ["idempotency_key", { text: "a", idempotency_key: "k".repeat(256) }],
        ["idempotency_key", { text: "a", idempotency_key: "a\nSET x" }],
        ["idempotency_key", { text: "a", idempotency_key: "ключ" }],
        ["idempotency_key", { text: "a", idempotency_key: 1 }],
        ["idempotency_key", { text: "a", idempotency_key: [] }],
        ["turn_source", { text: "a", turn_source: "schedule" }],
        ["turn_source", { text: "a", turn_source: "x".repeat(10_000) }],
        ["identity", { text: "a", identity: { a: "x".repeat(17_000) } }],
        ["attachments", { text: "a", attachments: {} }],
        ["attachments", { text: "a", attachments: "x" }],
        [
          "attachments",
          { text: "a", attachments: Array.from({ length: 11 }, () => ({ document_id: "x" })) },
        ],
      ])("names %s: %j", async (field, json) => {
        const id = await stage().createConversation()
        const answer = await stage().post(id, json)
        expect(answer.status).toBe(422)
        expect(answer.json).toMatchObject({ code: "invalid_field", field })
        expect(answer.text.length).toBeLessThan(400)
        expect((await stage().inboundOf(id)).length).toBe(0)
      })

      test("a lone surrogate", async () => {
        const id = await stage().createConversation()
        const answer = await stage().call("POST", `${base}/${id}/messages`, {
          body: String.raw`{"text":"a\ud800"}`,
          headers: { "content-type": "application/json" },
        })
        expect(answer.json).toMatchObject({ code: "invalid_field", field: "text" })
      })

      test("nesting deeper than 32 levels, wherever it is", async () => {
        const id = await stage().createConversation()
        const deep = `{"text":"a","identity":${"[".repeat(100)}${"]".repeat(100)}}`
        const deeper = `{"text":"a","x":${"[".repeat(1_000_000)}`
        for (const body of [deep, deeper]) {
          const headers = { "content-type": "application/json" }
          const answer = await stage().call("POST", `${base}/${id}/messages`, { body, headers })
          expect(answer.status).toBe(422)
          expect(answer.json["code"]).toBe("too_deep")
        }
      })

      test("1,001 fields, and 10,001 values, give 400", async () => {
        const id = await stage().createConversation()
        for (const more of [
          Object.fromEntries(Array.from({ length: 1_001 }, (_, n) => [n, n])),
          { x: Array.from({ length: 10_000 }, () => 0) },
        ]) {
          const answer = await stage().submit(id, "a", more)
          expect([answer.status, answer.json["code"]]).toEqual([400, "invalid_json"])
        }
      })
    })

    describe("429", () => {
      test("the 51st queued message; a replay of an accepted one is never refused", async () => {
        const { id } = await stage().holdTurn()
        await stage().post(id, { text: "waits", idempotency_key: "first" })
        for (let index = 0; index < 49; index++) {
          expect((await stage().post(id, { text: "waits" })).status).toBe(202)
        }
        const full = await stage().post(id, { text: "one too many", idempotency_key: "late" })
        expect(full.status).toBe(429)
        expect(full.json["code"]).toBe("queue_full")
        expect(Number(full.headers["retry-after"])).toBeGreaterThan(0)
        const replay = await stage().post(id, { text: "waits", idempotency_key: "first" })
        expect(replay.json).toMatchObject({ idempotent: true })
        await stage().call("DELETE", `${base}/${id}`)
      })
    })
  })
}

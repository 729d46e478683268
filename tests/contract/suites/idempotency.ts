import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"

/** POST …/messages repeated with one key. */
export function idempotency(stage: StageOf): void {
  describe("an idempotency key", () => {
    describe("202", () => {
      test("a replay returns the first ids and starts nothing, with the key in header or body", async () => {
        const { id } = await stage().holdTurn()
        const key = randomUUID()
        const first = await stage().post(id, { text: "once", idempotency_key: key })
        const replays = await Promise.all([
          stage().post(id, { text: "once", idempotency_key: key }),
          stage().post(id, { text: "once" }, { "idempotency-key": key }),
          stage().post(id, { text: "once", idempotency_key: key }, { "idempotency-key": key }),
          stage().post(id, {
            text: "once",
            idempotency_key: key,
            unknown: 1,
            identity: { sub: "x" },
          }),
        ])
        for (const replay of replays) {
          expect(replay.status).toBe(202)
          expect(replay.json).toEqual({ ...first.json, idempotent: true })
        }
        expect((await stage().inboundOf(id)).length).toBe(2)
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("50 concurrent requests with one key create one message", async () => {
        const id = await stage().createConversation()
        const key = randomUUID()
        const answers = await Promise.all(
          Array.from({ length: 50 }, () =>
            stage().post(id, { text: "once", idempotency_key: key }),
          ),
        )
        expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]))
        expect(answers.filter((answer) => answer.json["idempotent"] === false)).toHaveLength(1)
        expect(new Set(answers.map((answer) => answer.json["turn_id"])).size).toBe(1)
        expect((await stage().inboundOf(id)).length).toBe(1)
      })

      test("a key is scoped to its conversation", async () => {
        const key = randomUUID()
        const [one, other] = [
          await stage().createConversation(),
          await stage().createConversation(),
        ]
        expect(
          (await stage().post(one, { text: "a", idempotency_key: key })).json["idempotent"],
        ).toBe(false)
        expect(
          (await stage().post(other, { text: "b", idempotency_key: key })).json["idempotent"],
        ).toBe(false)
      })

      test("a null key and null fields count as absent", async () => {
        const id = await stage().createConversation()
        const nothing = {
          idempotency_key: null,
          attachments: null,
          browser_session: null,
          turn_source: null,
        }
        expect((await stage().post(id, { text: "a", ...nothing, identity: null })).status).toBe(202)
      })
    })

    describe("400", () => {
      test("two different keys", async () => {
        const id = await stage().createConversation()
        const answer = await stage().post(
          id,
          { text: "a", idempotency_key: "one" },
          { "idempotency-key": "two" },
        )
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("idempotency_key_mismatch")
      })

      test("a malformed key in the header", async () => {
        const id = await stage().createConversation()
        for (const key of ["", "a".repeat(256), "\u00e9"]) {
          const answer = await stage().post(id, { text: "a" }, { "idempotency-key": key })
          expect(answer.status).toBe(400)
          expect(answer.json["code"]).toBe("invalid_header")
        }
      })
    })

    describe("422", () => {
      test("a key reused with different content stores nothing", async () => {
        const id = await stage().createConversation()
        const key = randomUUID()
        await stage().post(id, { text: "first", idempotency_key: key })
        const attachment = { filename: "a", content_type: "text/plain", data_b64: "YQ==" }
        for (const other of [
          { text: "first " },
          { text: "first", turn_source: "api" },
          { text: "first", attachments: [attachment] },
        ]) {
          const answer = await stage().post(id, { ...other, idempotency_key: key })
          expect(answer.status).toBe(422)
          expect(answer.json["code"]).toBe("idempotency_key_reused")
        }
        expect((await stage().inboundOf(id)).length).toBe(1)
      })
    })
  })
}

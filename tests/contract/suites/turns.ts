import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"

/** Interrupt, nudge, withdraw. */
export function turns(stage: StageOf): void {
  describe("turns", () => {
    const post = (id: string, action: string, json: object = {}) =>
      stage().call("POST", `${base}/${id}/${action}`, { json })
    const journalOf = async (id: string) =>
      (await stage().call("GET", `${base}/${id}/messages`)).list
    const finalOf = (id: string, turnId: string) =>
      waitFor(async () =>
        (await journalOf(id)).find((row) => row["kind"] === "final" && row["turn_id"] === turnId),
      )

    describe("interrupt: 200", () => {
      test("stops the running turn and keeps its text; only the first call reports it", async () => {
        const { id, turnId } = await stage().holdTurn()
        await waitFor(async () => (await journalOf(id)).some((row) => row["kind"] === "text_delta"))
        expect((await post(id, "interrupt", { turn_id: turnId })).json).toEqual({ stopped: true })
        const final = await finalOf(id, turnId)
        expect(final["payload"]).toMatchObject({ text: "holding ", stop_reason: "interrupted" })
        await waitFor(() => stage().model.openConnections() === 0)
        expect((await post(id, "interrupt", { turn_id: turnId })).json).toEqual({ stopped: false })
      })

      test("with the id of an ended turn stops nothing else", async () => {
        const { id, turnId } = await stage().holdTurn()
        const second = String((await stage().submit(id, "also [hold]")).json["turn_id"])
        await post(id, "interrupt", { turn_id: turnId })
        await finalOf(id, turnId)
        await waitFor(async () => {
          const { json } = await stage().call("GET", `${base}/${id}`)
          return (json["active_turn"] as { turn_id: string } | null)?.turn_id === second
        })
        expect((await post(id, "interrupt", { turn_id: turnId })).json).toEqual({ stopped: false })
        const { json } = await stage().call("GET", `${base}/${id}`)
        expect(json["active_turn"]).toMatchObject({ turn_id: second })
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("without a running turn, without a body, and with an unknown turn", async () => {
        const { id } = await stage().finishedTurn()
        const bare = await stage().call("POST", `${base}/${id}/interrupt`)
        expect([bare.status, bare.json]).toEqual([200, { stopped: false }])
        const unknown = await post(id, "interrupt", { turn_id: randomUUID() })
        expect([unknown.status, unknown.json]).toEqual([200, { stopped: false }])
        const nulled = await post(id, "interrupt", { turn_id: null })
        expect(nulled.status).toBe(200)
      })
    })

    describe("interrupt: refused", () => {
      test("400 for malformed JSON, 422 for an invalid turn id, 413 for a large body", async () => {
        const { id } = await stage().holdTurn()
        const headers = { "content-type": "application/json" }
        const garbage = await stage().call("POST", `${base}/${id}/interrupt`, {
          body: "{{{",
          headers,
        })
        expect(garbage.status).toBe(400)
        expect((await post(id, "interrupt", { turn_id: "x" })).json).toMatchObject({
          field: "turn_id",
        })
        const body = `{"x":"${"a".repeat(16 * 1024 * 1024)}"}`
        const large = await stage().call("POST", `${base}/${id}/interrupt`, { body, headers })
        expect(large.status).toBe(413)
        expect((await stage().call("GET", `${base}/${id}`)).json["active_turn"]).not.toBeNull()
        await stage().call("DELETE", `${base}/${id}`)
      })
    })

    describe("nudge: 200", () => {
      test("is journaled during a running turn, once per key", async () => {
        const { id } = await stage().holdTurn()
        const first = await post(id, "nudge", { text: "faster", idempotency_key: "n1" })
        expect(first.json).toEqual({ buffered: true, pending_count: 1 })
        const again = await post(id, "nudge", { text: "faster", idempotency_key: "n1" })
        expect(again.json).toMatchObject({ buffered: true })
        const rows = (await journalOf(id)).filter((row) => row["kind"] === "nudge")
        expect(rows).toHaveLength(1)
        expect(rows[0]?.["payload"]).toMatchObject({ text: "faster", author: { name: "Ann" } })
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("without a running turn stores nothing", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        expect((await post(id, "nudge", { text: "hello?" })).json).toEqual({
          buffered: false,
          pending_count: 0,
        })
        expect((await stage().call("GET", `${base}/${id}`)).json["last_seq"]).toBe(lastSeq)
      })
    })

    describe("nudge: 422", () => {
      test.each([
        {},
        { text: 1 },
        { text: "" },
        { text: " " },
        { text: "a\0" },
        { text: "a".repeat(100_001) },
      ])("%j", async (json) => {
        const id = await stage().createConversation()
        const answer = await post(id, "nudge", json)
        expect(answer.status).toBe(422)
        expect(answer.json["field"]).toBe("text")
      })

      test("a key reused with another text", async () => {
        const { id } = await stage().holdTurn()
        await post(id, "nudge", { text: "one", idempotency_key: "n" })
        const answer = await post(id, "nudge", { text: "two", idempotency_key: "n" })
        expect(answer.json["code"]).toBe("idempotency_key_reused")
        await stage().call("DELETE", `${base}/${id}`)
      })
    })

    describe("withdraw", () => {
      test("200: a queued message is returned with its text, and the journal records its end", async () => {
        const { id, turnId } = await stage().holdTurn()
        const waiting = String((await stage().submit(id, "take me back")).json["turn_id"])
        const answer = await stage().call("DELETE", `${base}/${id}/turns/${waiting}`)
        expect([answer.status, answer.json]).toEqual([
          200,
          { withdrawn: true, text: "take me back", attachments: [] },
        ])
        const final = await finalOf(id, waiting)
        expect(final["payload"]).toMatchObject({ text: "", stop_reason: "withdrawn" })
        expect((await stage().call("GET", `${base}/${id}`)).json["queue"]).toEqual([])

        const running = await stage().call("DELETE", `${base}/${id}/turns/${turnId}`)
        expect([running.status, running.json["code"]]).toEqual([409, "turn_started"])
        const again = await stage().call("DELETE", `${base}/${id}/turns/${waiting}`)
        expect(again.status).toBe(409)
        await stage().call("DELETE", `${base}/${id}`)
      })

      test("404: a turn of another conversation, and an invalid id", async () => {
        const { turnId } = await stage().finishedTurn()
        const id = await stage().createConversation()
        for (const other of [turnId, randomUUID(), "1"]) {
          const answer = await stage().call("DELETE", `${base}/${id}/turns/${other}`)
          expect(answer.status).toBe(404)
        }
      })

      test("400: a path with a control character", async () => {
        const id = await stage().createConversation()
        const answer = await stage().call("DELETE", `${base}/${id}/turns/%00`)
        expect([answer.status, answer.json["code"]]).toEqual([400, "bad_request"])
      })
    })
  })
}

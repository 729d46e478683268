import { describe, expect, test } from "vitest"

import { newId } from "#lib/ids.ts"
import { conversationState } from "#lib/protocol/conversations.ts"

import type { OpenedStream } from "../../support/http.ts"
import { addPerson, addToken } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const path = "/v1/api/stream"

/** GET /v1/api/stream. */
export function userStream(stage: StageOf): void {
  describe("the person's combined stream", () => {
    const open = (since: string, options: { token?: string } = {}) =>
      stage().stream(`${path}?since=${since}`, options)
    const statesOf = (opened: OpenedStream, id: string) =>
      opened.events.filter((event) => event.event === "conversation" && event.data["id"] === id)
    const eventsOf = (opened: OpenedStream, id: string) =>
      opened.events.filter((event) => event.data["conversation_id"] === id)

    describe("200", () => {
      test("sends events of the requested conversations, each from its cursor, whatever Last-Event-ID says", async () => {
        const [one, two] = [await stage().finishedTurn(), await stage().finishedTurn()]
        const opened = await stage().stream(
          `${path}?since=${one.id}:0,${two.id}:${two.lastSeq - 1}`,
          { headers: { "last-event-id": "3" } },
        )
        expect(opened.status).toBe(200)
        expect(opened.headers.get("content-type")).toMatch(/^text\/event-stream/)
        await waitFor(() => eventsOf(opened, one.id).length === one.lastSeq)
        await waitFor(() => eventsOf(opened, two.id).length === 1)
        expect(eventsOf(opened, one.id)[0]).toMatchObject({ event: "message" })
        expect(eventsOf(opened, two.id)[0]).toMatchObject({ event: "done" })
        await opened.close()
      })

      test("reports state changes of conversations that were not requested", async () => {
        const opened = await open("")
        const { id } = await stage().finishedTurn("hello there")
        // It is idle before its turn as well.
        await waitFor(() => statesOf(opened, id).at(-1)?.data["unread"] === true)
        await waitFor(() => statesOf(opened, id).at(-1)?.data["status"] === "idle")
        const state = conversationState.parse(statesOf(opened, id).at(-1)?.data)
        expect(state).toMatchObject({ title: "hello there", unread: true })
        await stage().call("PUT", `/v1/api/conversations/${id}/read`, { json: { seq: 1_000 } })
        await waitFor(() => statesOf(opened, id).at(-1)?.data["unread"] === false)
        await stage().call("PATCH", `/v1/api/conversations/${id}`, { json: { title: "Other" } })
        await waitFor(() => statesOf(opened, id).at(-1)?.data["title"] === "Other")
        await stage().call("DELETE", `/v1/api/conversations/${id}`)
        await waitFor(() => statesOf(opened, id).at(-1)?.data["deleted"] === true)
        expect(eventsOf(opened, id)).toEqual([])
        await opened.close()
      })

      test("reports foreign and missing conversations alike, without content", async () => {
        const { bob, admin } = stage()
        const foreign = await stage().createConversation(bob.token)
        const nothing = newId()
        const opened = await open(`${foreign}:0,${nothing}:0`, { token: admin.token })
        for (const id of [foreign, nothing]) {
          await waitFor(() => statesOf(opened, id).length === 1)
          expect(statesOf(opened, id)[0]?.data).toEqual({ id, deleted: true })
        }
        expect(opened.events).toHaveLength(2)
        await opened.close()
      })

      test("answers an unknown cursor with stale, for its conversation alone", async () => {
        const [one, two] = [await stage().finishedTurn(), await stage().finishedTurn()]
        const opened = await open(`${one.id}:999999,${two.id}:0`)
        await waitFor(() => eventsOf(opened, one.id).length === one.lastSeq + 1)
        await waitFor(() => eventsOf(opened, two.id).length === two.lastSeq)
        expect(eventsOf(opened, one.id)[0]).toMatchObject({
          event: "stale",
          data: { conversation_id: one.id, reason: "unknown_cursor", after_seq: 0 },
        })
        await opened.close()
      })

      test("ends when its token expires", async () => {
        const { db, ann } = stage()
        const token = await addToken(db, ann, {
          scopes: ["conversations:read"],
          expiresInSeconds: 1,
        })
        const opened = await open("", { token })
        expect(opened.status).toBe(200)
        await waitFor(() => opened.isEnded(), { timeoutMs: 6_000 })
      })

      test("ends the fifty-first stream of a person at once, with a retry delay", async () => {
        const { db, ann } = stage()
        const { token } = await addPerson(db, ann.tenantId, { name: "Many" })
        const opened = await Promise.all(Array.from({ length: 50 }, () => open("", { token })))
        expect(opened.every((one) => one.status === 200 && !one.isEnded())).toBe(true)
        const more = await open("", { token })
        expect(more.status).toBe(200)
        await waitFor(() => more.isEnded())
        expect(more.retryMs).toEqual([15_000])
        await Promise.all(opened.map((one) => one.close()))
        await waitFor(async () => {
          const again = await open("", { token })
          const isOpen = again.retryMs[0] !== 15_000 && !again.isEnded()
          await again.close()
          return isOpen
        })
      })
    })

    test("400, 401, 403 are sent before any byte of a stream", async () => {
      const { db, ann } = stage()
      const answer = await stage().call("GET", `${path}?since=nonsense`)
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ code: "invalid_query", field: "since" })
      const nobody = await stage().call("GET", path, { token: undefined })
      expect(nobody.status).toBe(401)
      const token = await addToken(db, ann, { scopes: ["agents:read"] })
      const unfit = await stage().call("GET", path, { token })
      expect(unfit.status).toBe(403)
      expect(unfit.json["code"]).toBe("missing_scope")
    })
  })
}

import { describe, expect, test } from "vitest"

import type { StreamEvent } from "../../support/http.ts"
import { addToken } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"
const idsOf = (events: StreamEvent[]) => events.map((event) => event.id)
const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)

/** GET …/stream. */
export function stream(stage: StageOf): void {
  describe("stream", () => {
    const open = (id: string, query = "", headers: Record<string, string> = {}) =>
      stage().stream(`${base}/${id}/stream${query}`, { headers })

    describe("200", () => {
      test("starts at once and is never compressed, cached or buffered", async () => {
        const id = await stage().createConversation()
        const opened = await open(id, "", {
          "accept-encoding": "gzip, br",
          range: "bytes=0-",
          "if-none-match": "*",
        })
        expect(opened.status).toBe(200)
        expect(opened.headers.get("content-type")).toMatch(/^text\/event-stream/)
        expect(opened.headers.get("cache-control")).toBe("no-cache, no-transform")
        expect(opened.headers.get("x-accel-buffering")).toBe("no")
        expect(opened.headers.get("content-encoding")).toBeNull()
        await waitFor(() => opened.comments.length > 0, { timeoutMs: 1_000 })
        expect(opened.retryMs).toHaveLength(1)
        await opened.close()
      })

      test.each(["text/event-stream", "*/*", "application/json"])(
        "Accept: %s makes no difference",
        async (accept) => {
          const id = await stage().createConversation()
          const opened = await open(id, "", { accept })
          expect(opened.status).toBe(200)
          await opened.close()
        },
      )

      test("a turn arrives live, complete and in order, and the stream stays open", async () => {
        const id = await stage().createConversation()
        const opened = await open(id)
        await stage().submit(id, "hello")
        await waitFor(() => opened.events.some((event) => event.event === "done"))
        const text = opened.events
          .filter((event) => event.event === "text_delta")
          .map((event) => event.data["text"])
          .join("")
        const final = opened.events.find((event) => event.event === "final")
        expect(final?.data).toMatchObject({ text: "You said something.", stop_reason: "end" })
        expect(text).toBe("You said something.")
        expect(idsOf(opened.events)).toEqual(upTo(opened.events.length))
        expect(opened.isEnded()).toBe(false)
        await opened.close()
      })

      test("any cursor resumes with exactly the following events, by header and by query", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        for (let seq = 0; seq < lastSeq; seq++) {
          const byHeader = await open(id, "?since_seq=0", { "last-event-id": String(seq) })
          const byAddress = await open(id, `?since_seq=${seq}`)
          await waitFor(() => byHeader.events.length === lastSeq - seq)
          await waitFor(() => byAddress.events.length === lastSeq - seq)
          expect(idsOf(byHeader.events)).toEqual(upTo(lastSeq, seq + 1))
          expect(byAddress.events).toEqual(byHeader.events)
          await Promise.all([byHeader.close(), byAddress.close()])
        }
      })

      test("without a cursor, the running turn is replayed from its start and then continues live", async () => {
        const { id, turnId } = await stage().holdTurn()
        const opened = await open(id)
        await waitFor(() => opened.events.some((event) => event.event === "text_delta"))
        expect(opened.events[0]).toMatchObject({
          id: 1,
          event: "message",
          data: { turn_id: turnId },
        })
        await stage().call("POST", `${base}/${id}/interrupt`)
        await waitFor(() => opened.events.some((event) => event.event === "done"))
        await opened.close()
      })

      test.each([
        "abc",
        "-1",
        "1e3",
        "999999",
        "9223372036854775808",
        "99999999999999999999",
        " 5 x",
        "5,6",
      ])("an unknown cursor (%j) gives a stale event and a replay", async (cursor) => {
        const { id, lastSeq } = await stage().finishedTurn()
        const opened = await Promise.all([
          open(id, "", { "last-event-id": cursor }),
          open(id, `?since_seq=${encodeURIComponent(cursor)}`),
        ])
        for (const one of opened) {
          await waitFor(() => one.events.length === lastSeq + 1, { timeoutMs: 2_000 })
          expect(one.events[0]).toMatchObject({
            event: "stale",
            data: { reason: "unknown_cursor", after_seq: 0 },
          })
          expect(idsOf(one.events.slice(1))).toEqual(upTo(lastSeq))
          await one.close()
        }
      })

      test("two since_seq parameters count as no cursor and cause no error", async () => {
        const { id } = await stage().finishedTurn()
        const opened = await open(id, "?since_seq=1&since_seq=2")
        await waitFor(() => opened.events[0]?.event === "stale")
        await opened.close()
      })

      test.each(["unknown", "", "TEXT", "text&scope=full"])(
        "scope=%s is accepted",
        async (scope) => {
          const { id, lastSeq } = await stage().finishedTurn()
          const opened = await open(id, `?since_seq=0&scope=${scope}`)
          expect(opened.status).toBe(200)
          await waitFor(() => opened.events.at(-1)?.id === lastSeq)
          await opened.close()
        },
      )

      test("an administrator attaches to any conversation of the tenant; a member is refused", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        const { admin, bob, ann } = stage()
        const viewing = await stage().stream(`${base}/${id}/stream?since_seq=0&view=admin`, {
          token: admin.token,
        })
        await waitFor(() => viewing.events.at(-1)?.id === lastSeq)
        await viewing.close()
        const plain = await stage().stream(`${base}/${id}/stream?view=admin`, { token: ann.token })
        expect(plain.status).toBe(200)
        await plain.close()
        const other = await stage().call("GET", `${base}/${id}/stream?view=admin`, {
          token: bob.token,
        })
        expect(other.status).toBe(404)
      })

      test("the stream ends when its token expires", async () => {
        const { db, ann } = stage()
        const id = await stage().createConversation()
        const token = await addToken(db, ann, {
          scopes: ["conversations:read"],
          expiresInSeconds: 1,
        })
        const opened = await stage().stream(`${base}/${id}/stream`, { token })
        expect(opened.status).toBe(200)
        await waitFor(() => opened.isEnded(), { timeoutMs: 6_000 })
      })

      test("text that resembles SSE frames stays text", async () => {
        const { id } = await stage().finishedTurn(
          "a\n\nevent: admin\ndata: owned\nid: 999\rretry: 1\n:x\u2028",
        )
        const opened = await open(id, "?since_seq=0")
        await waitFor(() => opened.events.some((event) => event.event === "done"))
        expect(opened.events.some((event) => event.event === "admin")).toBe(false)
        expect(opened.retryMs).toEqual([1_000])
        await opened.close()
      })
    })

    describe("401 and 404", () => {
      test("are sent before any byte of a stream", async () => {
        const id = await stage().createConversation(stage().bob.token)
        const foreign = await stage().call("GET", `${base}/${id}/stream`)
        expect(foreign.status).toBe(404)
        expect(foreign.headers["content-type"]).toMatch(/json/)
        const nobody = await stage().call("GET", `${base}/${id}/stream`, { token: undefined })
        expect(nobody.status).toBe(401)
        const inUrl = await stage().call("GET", `${base}/${id}/stream?token=${stage().bob.token}`, {
          token: undefined,
        })
        expect(inUrl.status).toBe(401)
      })
    })
  })
}

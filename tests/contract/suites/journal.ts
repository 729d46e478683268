import { randomUUID } from "node:crypto"

import { describe, expect, test } from "vitest"

import { journalEntries } from "#lib/protocol/messages.ts"

import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"

/** GET …/messages. */
export function journal(stage: StageOf): void {
  describe("journal", () => {
    const read = async (id: string, query = "", token = stage().ann.token) => {
      const answer = await stage().call("GET", `${base}/${id}/messages${query}`, { token })
      expect(answer.status, `${answer.text}`).toBe(200)
      return journalEntries.parse(answer.json)
    }

    describe("200", () => {
      test("is a bare array ordered by seq, without gaps, with an id in each row", async () => {
        const { id, turnId, lastSeq } = await stage().finishedTurn()
        const rows = await read(id)
        expect(rows[0]).toMatchObject({
          kind: "message",
          direction: "inbound",
          author: { name: "Ann" },
        })
        expect(rows.at(-1)).toMatchObject({
          kind: "done",
          seq: lastSeq,
          payload: { turn_id: turnId },
        })
        let next = 1
        for (const row of rows) {
          expect(row.first_seq).toBe(next)
          next = row.seq + 1
        }
        expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length)
        expect(await read(id)).toEqual(rows)
      })

      test("since_seq is exclusive", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        expect(await read(id, "?since_seq=0")).toEqual(await read(id))
        expect((await read(id, "?since_seq=1"))[0]?.first_seq).toBe(2)
        expect(await read(id, `?since_seq=${lastSeq}`)).toEqual([])
        expect(await read(id, `?since_seq=${lastSeq + 1}`)).toEqual([])
      })

      test("before_seq pages backwards to the beginning, each page in ascending order", async () => {
        const { id, lastSeq } = await stage().finishedTurn()
        const all = await read(id)
        let rows: typeof all = []
        let before = lastSeq + 1
        while (before > 1) {
          const page = await read(id, `?before_seq=${before}&limit=2`)
          expect(page.length).toBeLessThanOrEqual(2)
          rows = [...page, ...rows]
          before = page[0]?.first_seq ?? 1
        }
        expect(rows).toEqual(all)
      })

      test("turn_id and direction filter it; a turn of another conversation gives an empty list", async () => {
        const { id, turnId } = await stage().finishedTurn()
        expect((await read(id, "?direction=inbound")).map((row) => row.kind)).toEqual(["message"])
        const ofTurn = await read(id, `?turn_id=${turnId.toUpperCase()}`)
        expect(ofTurn.every((row) => row.turn_id === turnId)).toBe(true)
        expect(await read(id, `?turn_id=${randomUUID()}`)).toEqual([])
      })

      test("limit is clamped", async () => {
        const { id } = await stage().finishedTurn()
        expect(await read(id, "?limit=0")).toHaveLength(1)
        expect(await read(id, "?limit=-7")).toHaveLength(1)
        expect(await read(id, "?limit=1000000")).toEqual(await read(id))
      })

      test("view=admin is ignored for a member and shows everything to an administrator", async () => {
        const { id } = await stage().finishedTurn()
        expect(await read(id, "?view=admin")).toEqual(await read(id))
        expect(await read(id, "?view=admin", stage().admin.token)).toEqual(await read(id))
        const answer = await stage().call("GET", `${base}/${id}/messages?view=admin`, {
          token: stage().bob.token,
        })
        expect(answer.status).toBe(404)
      })
    })

    describe("400", () => {
      test.each([
        "since_seq=abc",
        "since_seq=-1",
        "since_seq=1e99",
        "since_seq=9223372036854775808",
        "since_seq=1&since_seq=2",
        "since_seq=",
        "since_seq[]=1",
        "before_seq=x",
        "limit=x",
        "turn_id=abc",
        "direction=sideways",
      ])("?%s", async (query) => {
        const id = await stage().createConversation()
        const answer = await stage().call("GET", `${base}/${id}/messages?${query}`)
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_query")
      })
    })
  })
}

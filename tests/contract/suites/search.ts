import { describe, expect, test } from "vitest"

import { searchPage } from "#lib/protocol/search.ts"

import { addPerson } from "../../support/people.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/search"

export function search(stage: StageOf): void {
  describe("search", () => {
    test("200: matches the person's own titles literally, and no one else's", async () => {
      const { db, ann } = stage()
      const person = await addPerson(db, ann.tenantId, { name: "Seeker" })
      const id = await stage().createConversation(person.token)
      const title = "100%_done <b>and</b> dusted"
      const path = `/v1/api/conversations/${id}`
      await stage().call("PATCH", path, { token: person.token, json: { title } })
      const find = async (q: string, token = person.token) => {
        const query = `q=${encodeURIComponent(q)}&in=titles`
        return searchPage.parse((await stage().call("GET", `${base}?${query}`, { token })).json)
      }
      expect((await find("DUST 0%_d")).hits).toMatchObject([
        { conversation_id: id, seq: 0, kind: "title", title, snippet: title },
      ])
      expect((await find("DUST 0%_d")).hits[0]?.matches).toEqual([
        [2, 6],
        [21, 25],
      ])
      expect((await find("100__done")).hits).toEqual([])
      expect((await find(" ")).hits).toEqual([])
      expect((await find("dusted", ann.token)).hits).toEqual([])
    })

    test.each(["cursor=x", "cursor=WzEsMiwzXQ", "in=bodies", "limit=ten", "q=%00"])(
      "400: ?%s",
      async (query) => {
        const answer = await stage().call("GET", `${base}?q=a&${query}`.replace("q=a&q=", "q="))
        expect(answer.status).toBe(400)
        expect(answer.json["code"]).toBe("invalid_query")
      },
    )
  })
}

import { describe, expect, test } from "vitest"

import { addPerson } from "../../support/people.ts"
import type { StageOf } from "../contract.ts"

const base = "/v1/api/conversations"

/** Paging, filters, order and the administrator's view. */
export function conversationList(stage: StageOf): void {
  describe("the list of conversations", () => {
    const rename = (id: string, title: unknown, token?: string) =>
      stage().call("PATCH", `${base}/${id}`, {
        json: { title },
        ...(token === undefined ? {} : { token }),
      })
    /** A person whose list contains only the test's own conversations. */
    const newcomer = () => addPerson(stage().db, stage().ann.tenantId, { name: "New" })

    describe("200", () => {
      test("paging by number and by cursor lists each conversation once, in every order", async () => {
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
            const page = await stage().list(
              `sort=${sort}&page_size=3${cursor && `&cursor=${cursor}`}`,
              person.token,
            )
            byCursor.push(...page.conversations.map((item) => item.id))
            expect(page.total).toBe(7)
            cursor = page.next_cursor
          }
          const byNumber: string[] = []
          for (const number of [1, 2, 3]) {
            const page = await stage().list(`sort=${sort}&page_size=3&page=${number}`, person.token)
            byNumber.push(...page.conversations.map((item) => item.id))
          }
          expect(new Set(byCursor)).toEqual(ids)
          expect(byNumber).toEqual(byCursor)
        }
        const titles = (await stage().list("sort=title", person.token)).conversations.map(
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

      test("page and page_size are clamped, as the envelope shows", async () => {
        expect(await stage().list("page=0&page_size=0")).toMatchObject({ page: 1, page_size: 1 })
        expect(await stage().list("page=-5&page_size=101")).toMatchObject({
          page: 1,
          page_size: 100,
        })
        expect(await stage().list("page=999999&page_size=1000000")).toMatchObject({
          conversations: [],
        })
      })

      test("q matches titles, agents and previews, treats wildcards literally, and never fails", async () => {
        const person = await newcomer()
        const id = await stage().createConversation(person.token)
        await rename(id, "100%_done", person.token)
        await stage().createConversation(person.token)
        const find = async (q: string) =>
          (await stage().list(`q=${encodeURIComponent(q)}`, person.token)).total
        expect(await find("%_DONE")).toBe(1)
        expect(await find("0%")).toBe(1)
        expect(await find("helper")).toBe(2)
        expect(await find("100__done")).toBe(0)
        expect(await find("\\")).toBe(0)
        expect(await find("'; drop table users --")).toBe(0)
        expect(await find("")).toBe(2)
      })

      test("unknown sort and mode fall back to the default, an unknown channel yields an empty list", async () => {
        const plain = await stage().list("")
        expect(await stage().list("sort=title;drop%20table")).toEqual(plain)
        expect(await stage().list("mode=nonsense")).toEqual(plain)
        expect((await stage().list("channel_kind=nonsense")).conversations).toEqual([])
        expect((await stage().list("channel_kind=%00")).conversations).toEqual([])
        expect((await stage().list("mode=fast")).total).toBe(0)
      })

      test("e-mail conversations are listed only on request", async () => {
        const person = await newcomer()
        const id = await stage().createConversation(person.token)
        await stage().db.$client`update conversations set channel_kind = 'email' where id = ${id}`
        expect((await stage().list("", person.token)).total).toBe(0)
        expect((await stage().list("channel_kind=email", person.token)).total).toBe(1)
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
      ])("?%s of a member returns the plain list, byte for byte", async (query) => {
        const plain = await stage().call("GET", base)
        const asked = await stage().call("GET", `${base}?${query}`, {
          headers: { "x-view": "admin" },
        })
        expect(asked.text).toBe(plain.text)
        expect(asked.json["viewing_as"]).toBe("participant")
      })

      test("an administrator sees all conversations of the tenant and no others", async () => {
        const { admin, eve } = stage()
        const foreign = await stage().call("POST", base, {
          token: eve.token,
          json: { agent_id: stage().foreignAgentId },
        })
        const ours = await stage().createConversation()
        const page = await stage().list("view=admin&page_size=100", admin.token)
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
    })
  })
}

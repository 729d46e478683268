import { describe, expect, test } from "vitest"

import { invitationPage, madeInvitation, peoplePage, personItem } from "#lib/protocol/people.ts"

import { addPerson, addTenant, type TestPerson } from "../../support/people.ts"
import type { StageOf } from "../contract.ts"

const path = "/v1/api/users"
const links = "/v1/api/invitations"

/** People and invitations, for administrators. */
export function people(stage: StageOf): void {
  describe("people", () => {
    const as = (person: TestPerson, method: string, where: string, json?: unknown) =>
      stage().call(method, where, { token: person.token, json })

    /** A tenant with an owner, an administrator and a member. */
    const team = async () => {
      const { db } = stage()
      const tenantId = await addTenant(db, "Team")
      return {
        owner: await addPerson(db, tenantId, { name: "Olga", role: "owner" }),
        admin: await addPerson(db, tenantId, { name: "Adam", role: "admin" }),
        member: await addPerson(db, tenantId, { name: "Mona" }),
      }
    }

    test("a member, and an administrator's token without the scope, get 403", async () => {
      const { member } = await team()
      for (const [method, where] of [
        ["GET", path],
        ["POST", path],
        ["PATCH", `${path}/${member.userId}`],
        ["POST", `${path}/${member.userId}/password-reset`],
        ["POST", `${path}/${member.userId}/erase`],
        ["GET", links],
        ["DELETE", `${links}/${member.userId}`],
      ] as const) {
        const answer = await as(
          member,
          method,
          where,
          where === path || method === "PATCH" ? {} : undefined,
        )
        expect([method, where, answer.status]).toEqual([method, where, 403])
      }
    })

    test("the list is paged, filtered, newest first, and limited to the tenant", async () => {
      const { admin } = await team()
      const first = peoplePage.parse((await as(admin, "GET", `${path}?page_size=2`)).json)
      expect(first.users.map((user) => user.name)).toEqual(["Mona", "Adam"])
      const rest = await as(admin, "GET", `${path}?cursor=${first.next_cursor}`)
      expect(peoplePage.parse(rest.json)).toMatchObject({
        users: [{ name: "Olga", role: "owner", disabled_at: null }],
        next_cursor: null,
      })
      const found = await as(admin, "GET", `${path}?q=MON&status=active`)
      expect(peoplePage.parse(found.json).users.map((user) => user.name)).toEqual(["Mona"])
      expect((await as(admin, "GET", `${path}?cursor=nonsense`)).status).toBe(400)
    })

    test("a role change applies within a second, and a disabled person loses access", async () => {
      const { owner, member } = await team()
      const made = await as(owner, "PATCH", `${path}/${member.userId}`, { role: "admin" })
      expect(personItem.parse(made.json)).toMatchObject({ role: "admin", disabled_at: null })
      const off = await as(owner, "PATCH", `${path}/${member.userId}`, { disabled: true })
      expect(personItem.parse(off.json).disabled_at).not.toBeNull()
      expect((await as(member, "GET", "/v1/api/me")).status).toBe(401)
      const on = await as(owner, "PATCH", `${path}/${member.userId}`, { disabled: false })
      expect(personItem.parse(on.json).disabled_at).toBeNull()
    })

    test("every refusal has its error code", async () => {
      const { owner, admin, member } = await team()
      const change = async (actor: TestPerson, whom: TestPerson, body: object) => {
        const answer = await as(actor, "PATCH", `${path}/${whom.userId}`, body)
        return `${answer.status} ${String(answer.json["code"])}`
      }
      expect(await change(admin, member, { role: "admin" })).toBe("403 owner_required")
      expect(await change(admin, admin, { role: "owner" })).toBe("409 own_account")
      expect(await change(owner, owner, { role: "member" })).toBe("409 last_owner")
      expect(await change(owner, stage().eve, { disabled: true })).toBe("404 not_found")
      expect(await change(owner, member, { role: "boss" })).toBe("422 invalid_field")
    })

    test("an invitation shows its link once, is listed until it is revoked, then 404", async () => {
      const { owner, admin } = await team()
      const answer = await as(admin, "POST", path, { email: " New@Example.COM " })
      expect(answer.status).toBe(201)
      const made = madeInvitation.parse(answer.json)
      expect(made).toMatchObject({ email: "new@example.com", role: "member" })
      expect(made.url).toMatch(/\/invite\/[\w-]{43}$/)
      const listed = await as(owner, "GET", links)
      expect(invitationPage.parse(listed.json).invitations.map((one) => one.id)).toEqual([made.id])
      expect(listed.text).not.toContain(made.url.slice(-43))
      const gone = await as(stage().eve, "DELETE", `${links}/${made.id}`)
      expect(gone.status).toBe(404)
      expect((await as(admin, "DELETE", `${links}/${made.id}`)).status).toBe(204)
      expect((await as(admin, "DELETE", `${links}/${made.id}`)).text).toBe(gone.text)
    })

    test("administrators invite only members; an address of another tenant is not revealed", async () => {
      const { owner, admin } = await team()
      const { db, eve } = stage()
      const refused = await as(admin, "POST", path, { email: "a@b.example", role: "admin" })
      expect(`${refused.status} ${String(refused.json["code"])}`).toBe("403 owner_required")
      const made = await as(owner, "POST", path, { email: "a@b.example", role: "admin" })
      expect(made.status).toBe(201)
      await db.$client`
        insert into accounts (id, user_id, account_id, provider_id)
        values (${crypto.randomUUID()}, ${eve.userId}, ${eve.userId}, 'credential')`
      const foreign = await as(admin, "POST", path, { email: `${eve.userId}@studio.test` })
      expect(foreign.status).toBe(201)
      const again = await as(eve, "POST", path, { email: `${eve.userId}@studio.test` })
      expect(`${again.status} ${String(again.json["code"])}`).toBe("409 already_member")
      for (const email of ["", "mira", "a b@c.de", `a\u0000@b.de`, 7]) {
        const answer = await as(admin, "POST", path, { email })
        expect([answer.status, answer.json["field"]]).toEqual([422, "email"])
      }
    })
  })
}

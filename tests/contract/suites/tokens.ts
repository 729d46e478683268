import { describe, expect, test } from "vitest"

import { scopeList, tokenList } from "#lib/protocol/tokens.ts"

import type { Answer } from "../../support/http.ts"
import { addPerson, addToken } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"

const path = "/v1/api/tokens"
const list = "/v1/api/conversations"

/** Minting, listing, revoking and expiry of tokens. */
export function tokens(stage: StageOf): void {
  describe("tokens", () => {
    const mint = (json: unknown, token = stage().ann.token): Promise<Answer> =>
      stage().call("POST", path, { token, json })
    const live = async (token = stage().ann.token) =>
      (await stage().call("GET", path, { token })).list
    const revoke = (id: unknown, token = stage().ann.token): Promise<Answer> =>
      stage().call("DELETE", `${path}/${String(id)}`, { token })

    describe("201", () => {
      test("shows the secret once: it authenticates, and no later response contains it", async () => {
        const answer = await mint({ name: "  once  ", expires_in_days: 7 })
        expect(answer.status).toBe(201)
        expect(answer.headers["cache-control"]).toBe("no-store")
        const { id, token } = answer.json
        expect(answer.json).toMatchObject({ name: "once", scopes: ["user"] })
        const days = (Date.parse(String(answer.json["expires_at"])) - Date.now()) / 86_400_000
        expect(days).toBeGreaterThan(6.99)
        expect(days).toBeLessThan(7.01)
        const used = await stage().call("GET", list, { token: String(token) })
        expect(used.status).toBe(200)

        const listed = await stage().call("GET", path)
        const item = tokenList.parse(listed.list).find((one) => one.id === id)
        expect(item).toMatchObject({ name: "once", kind: "pat", start: String(token).slice(0, 11) })
        expect(listed.text).not.toContain(String(token).slice(11))
        expect(Object.keys(item ?? {}).toSorted()).toEqual([
          "created_at",
          "expires_at",
          "id",
          "kind",
          "last_used_address",
          "last_used_at",
          "last_used_route",
          "name",
          "replaced_by",
          "scopes",
          "start",
        ])
        const stored = await stage().db.$client`select * from tokens where id = ${String(id)}`
        expect(JSON.stringify(stored)).not.toContain(String(token))
      })

      test("with only a name grants every scope except admin and never expires", async () => {
        const { json } = await mint({ name: "plain" })
        expect(json).toMatchObject({ scopes: ["user"], expires_at: null })
        const same = await mint({ name: "nulls", scopes: null, expires_in_days: null })
        expect(same.json).toMatchObject({ scopes: ["user"], expires_at: null })
      })

      test.each([["a".repeat(100)], ["<img src=x onerror=alert(1)>"], ["🗝️ ключ"]])(
        "a name is arbitrary text: %s",
        async (name) => {
          const { status, json } = await mint({ name })
          expect(status).toBe(201)
          expect((await live()).find((one) => one["id"] === json["id"])?.["name"]).toBe(name)
        },
      )

      test("duplicate scopes count once, in their order", async () => {
        const scopes = ["conversations:write", "agents:read", "conversations:write"]
        const { json } = await mint({ name: "twice", scopes })
        expect(json["scopes"]).toEqual(["conversations:write", "agents:read"])
      })

      test("server-controlled fields in the body are ignored", async () => {
        const { json } = await mint({
          name: "mine",
          id: stage().bob.userId,
          token: "hq_pat_mine",
          kind: "root",
          user_id: stage().bob.userId,
          tenant_id: stage().eve.tenantId,
          created_at: "2000-01-01T00:00:00Z",
          last_used_at: "2000-01-01T00:00:00Z",
        })
        expect(json["id"]).not.toBe(stage().bob.userId)
        const item = (await live()).find((one) => one["id"] === json["id"])
        expect(item).toMatchObject({ kind: "pat", last_used_at: null })
        expect(Date.parse(String(item?.["created_at"]))).toBeGreaterThan(Date.now() - 60_000)
      })

      test("an administrator can mint the scope admin", async () => {
        const { admin } = stage()
        const answer = await mint({ name: "boss", scopes: ["admin", "user"] }, admin.token)
        expect(answer.status).toBe(201)
        const token = String(answer.json["token"])
        const view = await stage().call("GET", `${list}?view=admin`, { token })
        expect(view.json["viewing_as"]).toBe("admin")
      })
    })

    describe("403", () => {
      test("a member cannot mint admin, whatever the credential says", async () => {
        const claims = await addToken(stage().db, stage().ann, { scopes: ["user", "admin"] })
        for (const token of [stage().ann.token, claims]) {
          const answer = await mint({ name: "up", scopes: ["admin"] }, token)
          expect(answer.status).toBe(403)
          expect(answer.json["code"]).toBe("admin_required")
        }
      })

      test.each<[string, string[] | undefined]>([
        ["another scope", ["conversations:write"]],
        ["its own and another", ["conversations:read", "agents:read"]],
        ["a tier", ["integrator"]],
        ["what is minted by default", undefined],
        ["admin", ["admin"]],
      ])("a token cannot grant a scope it lacks: %s", async (_what, scopes) => {
        const narrow = await addToken(stage().db, stage().admin, { scopes: ["conversations:read"] })
        const answer = await mint({ name: "wider", scopes }, narrow)
        expect(answer.status).toBe(403)
        expect(answer.json["code"]).toBe("missing_scope")
        const within = await mint({ name: "same", scopes: ["conversations:read"] }, narrow)
        expect(within.status).toBe(201)
      })

      test("a token cannot mint one that outlives it", async () => {
        const token = await addToken(stage().db, stage().ann, {
          scopes: ["user"],
          expiresInSeconds: 2 * 86_400 + 60,
        })
        for (const days of [undefined, 3, 3650]) {
          const answer = await mint({ name: "longer", expires_in_days: days }, token)
          expect(answer.status).toBe(403)
          expect(answer.json["code"]).toBe("outlives_credential")
        }
        expect((await mint({ name: "shorter", expires_in_days: 2 }, token)).status).toBe(201)
      })
    })

    describe("403 for a token with fewer scopes", () => {
      test.each([[["billing:read"]], [[]], [["conversations:read"]], [["admin"]]])(
        "%j can neither revoke the other tokens nor see their names and uses",
        async (scopes) => {
          const zoe = await addPerson(stage().db, stage().ann.tenantId, {
            name: "Zoe",
            role: "admin",
            scopes: ["user", "admin"],
          })
          const full = await mint({ name: "Full" }, zoe.token)
          const used = String(full.json["token"])
          expect((await stage().call("GET", list, { token: used })).status).toBe(200)
          const narrow = await addToken(stage().db, zoe, { scopes, expiresInSeconds: 60 })
          const answer = await revoke(full.json["id"], narrow)
          expect([answer.status, answer.json["code"]]).toEqual([403, "missing_scope"])
          expect((await stage().call("GET", list, { token: used })).status).toBe(200)
          const seen = (await live(narrow)).find((row) => row["id"] === full.json["id"])
          const nothing = { last_used_at: null, last_used_route: null, last_used_address: null }
          expect(seen).toMatchObject({ name: "", scopes: ["user"], ...nothing })
          const own = (await live(narrow)).find((row) => row["start"] === narrow.slice(0, 11))
          expect(own).toMatchObject({ name: "test", scopes })
          expect((await revoke(own?.["id"], narrow)).status).toBe(204)
        },
      )

      test("a demoted administrator's other tokens can revoke one with the scope admin", async () => {
        const { db, ann } = stage()
        const zoe = await addPerson(db, ann.tenantId, { name: "Zoe", scopes: ["user", "admin"] })
        const other = await addToken(db, zoe, { scopes: ["user"] })
        const rows = await live(other)
        const old = rows.find((row) => row["start"] === zoe.token.slice(0, 11))
        expect(old).toMatchObject({ name: "test" })
        expect((await revoke(old?.["id"], other)).status).toBe(204)
      })
    })

    describe("422", () => {
      test.each<[string, unknown]>([
        ["no name", {}],
        ["a null name", { name: null }],
        ["an empty name", { name: "" }],
        ["a blank name", { name: " \u200b " }],
        ["a name of 101", { name: "a".repeat(101) }],
        ["a NUL in the name", { name: "a\u0000b" }],
        ["a number as name", { name: 7 }],
        ["no scope", { name: "x", scopes: [] }],
        ["a star", { name: "x", scopes: ["*"] }],
        ["another case", { name: "x", scopes: ["Conversations:Read"] }],
        ["a space", { name: "x", scopes: ["conversations:read "] }],
        ["a wildcard", { name: "x", scopes: ["conversations:*"] }],
        ["a known and an unknown", { name: "x", scopes: ["user", "root"] }],
        ["numbers", { name: "x", scopes: [1] }],
        ["a thousand", { name: "x", scopes: Array.from({ length: 1_000 }, () => "user") }],
        ["a text for a list", { name: "x", scopes: "user" }],
        ["zero days", { name: "x", expires_in_days: 0 }],
        ["days before", { name: "x", expires_in_days: -1 }],
        ["half days", { name: "x", expires_in_days: 1.5 }],
        ["days for ever", { name: "x", expires_in_days: 1e12 }],
        ["ten years and a day", { name: "x", expires_in_days: 3_651 }],
        ["a word for days", { name: "x", expires_in_days: "never" }],
        ["digits as text", { name: "x", expires_in_days: "30" }],
      ])("%s, and nothing is minted", async (_what, body) => {
        const before = (await live()).length
        const answer = await mint(body)
        expect(answer.status).toBe(422)
        expect(answer.json).toMatchObject({ code: "invalid_field" })
        expect(answer.json["field"]).toMatch(/^(name|scopes|expires_in_days)/)
        expect(await live()).toHaveLength(before)
      })
    })

    describe("400", () => {
      test.each(["null", "[]", '{"name":"x","expires_in_days":NaN}', "x"])("%s", async (body) => {
        const headers = { "content-type": "application/json" }
        const answer = await stage().call("POST", path, { body, headers })
        expect(answer.status).toBe(400)
      })
    })

    describe("200", () => {
      test("the scopes and their descriptions", async () => {
        const answer = await stage().call("GET", `${path}/scopes`)
        const scopes = scopeList.parse(answer.list)
        expect(scopes.filter((one) => one.requires_admin).map((one) => one.scope)).toEqual([
          "admin",
        ])
        expect(scopes).toHaveLength(12)
      })

      test("newest first, without other people's or expired tokens", async () => {
        const { db, ann } = stage()
        const zoe = await addPerson(db, ann.tenantId, { name: "Zoe" })
        await addToken(db, zoe, { scopes: ["user"], expiresInSeconds: -1 })
        await addToken(db, zoe, { scopes: ["user"], isRevoked: true })
        const first = await mint({ name: "first" }, zoe.token)
        const second = await mint({ name: "second" }, zoe.token)
        const ids = (await live(zoe.token)).map((one) => one["id"])
        expect(ids.slice(0, 2)).toEqual([second.json["id"], first.json["id"]])
        expect(ids).toHaveLength(3)
      })

      test("an unknown scope is listed and grants nothing", async () => {
        const { db, ann } = stage()
        const token = await addToken(db, ann, { scopes: ["old:scope"] })
        expect((await stage().call("GET", list, { token })).status).toBe(403)
        expect((await stage().call("GET", path, { token })).status).toBe(200)
        expect((await mint({ name: "x", scopes: ["agents:read"] }, token)).status).toBe(403)
      })
    })

    describe("204, then 401", () => {
      test("the next request is refused, and revoking again is a 404", async () => {
        const { json } = await mint({ name: "short" })
        const token = String(json["token"])
        expect((await stage().call("GET", list, { token })).status).toBe(200)
        const revoked = await revoke(json["id"])
        expect(revoked.status).toBe(204)
        expect(revoked.bytes).toHaveLength(0)
        expect((await stage().call("GET", list, { token })).status).toBe(401)
        expect((await live()).some((one) => one["id"] === json["id"])).toBe(false)
        expect((await revoke(json["id"])).status).toBe(404)
      })

      test("a token revokes itself and cannot mint any more", async () => {
        const { json } = await mint({ name: "self" })
        const token = String(json["token"])
        expect((await revoke(json["id"], token)).status).toBe(204)
        expect((await mint({ name: "after" }, token)).status).toBe(401)
      })

      test("a token revokes those with no more scopes than itself", async () => {
        const { db, admin } = stage()
        const read = ["conversations:read"]
        const both = [...read, "conversations:write"]
        const asking = await addToken(db, admin, { scopes: both })
        const other = await mint({ name: "other", scopes: read }, asking)
        expect((await revoke(other.json["id"], asking)).status).toBe(204)
        // Unknown scopes grant nothing.
        const token = await addToken(db, admin, { scopes: ["old:scope", ...both] })
        const rows = await stage().call("GET", path, { token: admin.token })
        const id = rows.list.find((row) => row["start"] === token.slice(0, 11))?.["id"]
        expect((await revoke(id, asking)).status).toBe(204)
      })

      test("its open stream ends within five seconds; another token's continues", async () => {
        const id = await stage().createConversation()
        const { json } = await mint({ name: "stream", scopes: ["conversations:read"] })
        const token = String(json["token"])
        const [ending, staying] = await Promise.all([
          stage().stream(`${list}/${id}/stream`, { token }),
          stage().stream(`${list}/${id}/stream`),
        ])
        expect([ending.status, staying.status]).toEqual([200, 200])
        expect((await revoke(json["id"])).status).toBe(204)
        await waitFor(() => ending.isEnded(), { timeoutMs: 5_000 })
        expect(staying.isEnded()).toBe(false)
        await staying.close()
      })
    })

    describe("404", () => {
      test("foreign, unknown, malformed and expired ids give the same response", async () => {
        const { bob, eve } = stage()
        const theirs = await mint({ name: "bob's" }, bob.token)
        const foreign = await mint({ name: "eve's" }, eve.token)
        const ids = [theirs.json["id"], foreign.json["id"], stage().agentId, "nonsense", "1"]
        const answers = await Promise.all(ids.map((id) => revoke(id)))
        expect(new Set(answers.map((answer) => `${answer.status} ${answer.text}`)).size).toBe(1)
        expect(answers[0]?.status).toBe(404)
        const still = { token: String(theirs.json["token"]) }
        expect((await stage().call("GET", list, still)).status).toBe(200)
      })
    })

    describe("401 and 405", () => {
      test("listing, minting and revoking require a credential", async () => {
        for (const [method, where] of [
          ["GET", path],
          ["POST", path],
          ["GET", `${path}/scopes`],
          ["DELETE", `${path}/${stage().agentId}`],
        ] as const) {
          const answer = await stage().call(method, where, { token: undefined })
          expect(answer.status).toBe(401)
        }
      })

      test("a token cannot be changed", async () => {
        const { status, headers } = await stage().call("PATCH", `${path}/${stage().agentId}`)
        expect(status).toBe(405)
        expect(headers["allow"]).toBe("DELETE, OPTIONS")
      })
    })
  })
}

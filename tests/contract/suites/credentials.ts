import { describe, expect, test } from "vitest"

import { openStream, type Answer } from "../../support/http.ts"
import { addPerson, addToken } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import type { StageOf } from "../contract.ts"
import type { Stage } from "../stage.ts"

const list = "/v1/api/conversations"
const unauthorized = { error: "Sign in, or send a valid token.", code: "unauthorized" }

/** Authentication: accepted credentials and refusals. */
export function credentials(stage: StageOf): void {
  describe("credentials", () => {
    const requestWith = (headers: Record<string, string>, path = list): Promise<Answer> =>
      stage().call("GET", path, { token: undefined, headers })

    describe("200", () => {
      test("the scheme is case-insensitive", async () => {
        const answer = await requestWith({ authorization: `bearer ${stage().ann.token}` })
        expect(answer.status).toBe(200)
      })

      test("a legacy tier grants every scope except admin", async () => {
        const token = await addToken(stage().db, stage().admin, { scopes: ["integrator"] })
        expect((await stage().call("GET", list, { token })).status).toBe(200)
        const { json } = await stage().call("GET", `${list}?view=admin`, { token })
        expect(json["viewing_as"]).toBe("participant")
      })

      test("unknown scopes are ignored", async () => {
        const token = await addToken(stage().db, stage().ann, {
          scopes: ["conversations:read", "messages:readx", "*"],
        })
        const { json } = await stage().call("GET", "/v1/api/me", { token })
        expect(json["scopes"]).toEqual(["conversations:read"])
      })
    })

    describe("401", () => {
      const token = () => stage().ann.token

      test.each<[string, () => Record<string, string>]>([
        ["nothing", () => ({})],
        ["an empty bearer", () => ({ authorization: "Bearer" })],
        ["a blank bearer", () => ({ authorization: "Bearer   " })],
        [
          "another scheme",
          () => ({ authorization: `Basic ${Buffer.from(`${token()}:`).toString("base64")}` }),
        ],
        ["no scheme", () => ({ authorization: token() })],
        ["a token in quotes", () => ({ authorization: `Bearer "${token()}"` })],
        ["a token cut by one", () => ({ authorization: `Bearer ${token().slice(0, -1)}` })],
        [
          "a token with a wrong checksum",
          () => ({ authorization: `Bearer ${token().slice(0, -1)}!` }),
        ],
        ["a token of 10 KB", () => ({ authorization: `Bearer hq_pat_${"a".repeat(10_000)}` })],
        ["x-api-key", () => ({ "x-api-key": token() })],
        [
          "forged internal headers",
          () => ({ "x-user-id": stage().ann.userId, "x-forwarded-user": "ann" }),
        ],
        ["a forged cookie", () => ({ cookie: "session=abc; __Host-session=abc" })],
      ])("%s", async (_name, headers) => {
        const answer = await requestWith(headers())
        expect(answer.status).toBe(401)
        expect(answer.json).toEqual(unauthorized)
        expect(answer.headers["www-authenticate"]).toBe('Bearer error="invalid_token"')
      })

      test("expired, revoked and disabled tokens give the same bytes as unknown ones", async () => {
        const { db, ann } = stage()
        const disabled = await addPerson(db, ann.tenantId, { name: "Dan" })
        await db.$client`update users set disabled_at = now() where id = ${disabled.userId}`
        const tokens = [
          await addToken(db, ann, { scopes: ["user"], expiresInSeconds: -1 }),
          await addToken(db, ann, { scopes: ["user"], isRevoked: true }),
          disabled.token,
        ]
        for (const token of tokens) {
          const answer = await stage().call("GET", list, { token })
          expect(answer.status).toBe(401)
          expect(answer.text).toBe(JSON.stringify(unauthorized))
        }
      })

      test.each(["token", "access_token"])(
        "a token in ?%s=, even beside a valid header",
        async (name) => {
          const answer = await stage().call("GET", `${list}?${name}=${token()}`)
          expect(answer.status).toBe(401)
        },
      )

      test("an invalid bearer never falls back to a cookie", async () => {
        const answer = await requestWith({
          authorization: "Bearer nonsense",
          cookie: "session=abc",
        })
        expect(answer.status).toBe(401)
      })

      test("a revoked token fails within a second, and its open streams end within five", async () => {
        const { db, ann, server } = stage()
        const token = await addToken(db, ann, { scopes: ["user"] })
        const id = await stage().createConversation()
        const stream = await openStream(server.url, `${list}/${id}/stream`, { token })
        expect((await stage().call("GET", list, { token })).status).toBe(200)
        await db.$client`update tokens set revoked_at = now() where user_id = ${ann.userId} and scopes = '{user}' and created_at = (select max(created_at) from tokens where user_id = ${ann.userId})`
        await waitFor(async () => (await stage().call("GET", list, { token })).status === 401, {
          timeoutMs: 1_000,
        })
        await waitFor(() => stream.isEnded(), { timeoutMs: 5_000 })
      })
    })

    describe("a session", () => {
      const origin = () => ({ host: new URL(stage().server.url).host })
      /** Creates the installation's owner once and returns the session's cookie. */
      const signIn = async (): Promise<string> => {
        cookie ??= await setUpOwner(stage())
        return cookie
      }
      let cookie: string | null = null

      test("works on the same endpoints, with every scope of the role", async () => {
        const answer = await requestWith({ cookie: await signIn() }, "/v1/api/me")
        expect(answer.status).toBe(200)
        expect(answer.json).toMatchObject({ credential: "session", user: { role: "owner" } })
        expect(answer.json["scopes"]).toContain("admin")
      })

      test("is refused for a page of another person and accepted for its own", async () => {
        const cookie = await signIn()
        const own = await requestWith({ cookie }, "/v1/api/me")
        const { id } = Object(own.json["user"])
        const right = await requestWith({ cookie, "x-studio-user": String(id) }, "/v1/api/me")
        expect(right.status).toBe(200)
        const wrong = await requestWith(
          { cookie, "x-studio-user": stage().ann.userId },
          "/v1/api/me",
        )
        expect(wrong.status).toBe(401)
      })

      test("is ignored when a bearer is present", async () => {
        const cookie = await signIn()
        const good = await requestWith(
          { cookie, authorization: `Bearer ${stage().ann.token}` },
          "/v1/api/me",
        )
        expect(good.json).toMatchObject({ credential: "token", user: { name: "Ann" } })
        const bad = await requestWith({ cookie, authorization: "Bearer nonsense" }, "/v1/api/me")
        expect(bad.status).toBe(401)
      })

      test.each<[string, Record<string, string>]>([
        ["says nothing of where it is from", {}],
        ["is from another site", { "sec-fetch-site": "cross-site" }],
        ["is from a sibling site", { "sec-fetch-site": "same-site" }],
        ["is from another origin", { origin: "https://evil.test" }],
        ["is from a sandbox", { origin: "null" }],
        ["is from a look-alike", { origin: "http://127.0.0.1.evil.test" }],
      ])("cannot change anything when the request %s", async (_what, headers) => {
        const answer = await stage().call("POST", list, {
          token: undefined,
          json: { agent_id: stage().agentId },
          headers: { cookie: await signIn(), ...headers },
        })
        expect(answer.status).toBe(403)
        expect(answer.json["code"]).toBe("cross_site")
      })

      test("can write from our own pages, in current and old browsers", async () => {
        const { host } = origin()
        for (const headers of [
          { "sec-fetch-site": "same-origin" },
          { origin: `http://${host}`, host },
        ]) {
          const answer = await stage().call("POST", list, {
            token: undefined,
            json: { agent_id: stage().agentId },
            headers: { cookie: await signIn(), ...headers },
          })
          expect(answer.status).toBe(201)
        }
      })
    })

    describe("403", () => {
      test.each<[string, string, string, string[]]>([
        ["GET", list, "conversations:read", ["conversations:write"]],
        ["POST", list, "conversations:write", ["conversations:read"]],
        ["GET", "/v1/agents", "agents:read", ["conversations:read", "agents:readx"]],
        ["GET", "/v1/models", "agents:read", []],
      ])("%s %s names the missing scope: %s", async (method, path, scope, scopes) => {
        const token = await addToken(stage().db, stage().ann, { scopes })
        const answer = await stage().call(method, path, { token })
        expect(answer.status).toBe(403)
        expect(answer.json["code"]).toBe("missing_scope")
        expect(answer.json["error"]).toContain(scope)
      })

      test("a member's token never has an administrator's rights", async () => {
        const token = await addToken(stage().db, stage().ann, { scopes: ["user", "admin"] })
        const { json } = await stage().call("GET", `${list}?view=admin`, { token })
        expect(json["viewing_as"]).toBe("participant")
      })

      test("a demoted administrator becomes a member within a second", async () => {
        const { db, ann } = stage()
        const boss = await addPerson(db, ann.tenantId, { name: "Boss", role: "admin" })
        const viewing = async () =>
          (await stage().call("GET", `${list}?view=admin`, { token: boss.token })).json[
            "viewing_as"
          ]
        expect(await viewing()).toBe("admin")
        await db.$client`update users set role = 'member' where id = ${boss.userId}`
        await waitFor(async () => (await viewing()) === "participant", { timeoutMs: 1_000 })
      })
    })
  })
}

async function setUpOwner({ call, server }: Stage): Promise<string> {
  const answer = await call("POST", "/api/setup", {
    token: undefined,
    json: { name: "Olga", email: "olga@studio.test", password: "correct horse battery staple" },
    headers: {
      "sec-fetch-site": "same-origin",
      origin: server.url,
      host: new URL(server.url).host,
    },
  })
  const cookies = answer.headers["set-cookie"]?.map((line) => line.split(";", 1)[0]) ?? []
  if (answer.status >= 300 || cookies.length === 0) throw new Error(answer.text)
  return cookies.join("; ")
}

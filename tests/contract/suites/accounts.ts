import { describe, expect, test } from "vitest"

import { hashPassword } from "#lib/auth/password-hash.ts"
import { newId } from "#lib/ids.ts"

import type { Answer, CallOptions } from "../../support/http.ts"
import type { StageOf } from "../contract.ts"

const password = "correct horse battery staple"

/** Signing in and out, as each mount answers it; the rules are tested without one. */
export function accounts(stage: StageOf): void {
  describe("the account endpoints", () => {
    const post = (path: string, options: CallOptions = {}) => {
      const { call, server } = stage()
      const own = { "sec-fetch-site": "same-origin", origin: server.url }
      const headers = { host: new URL(server.url).host, ...own, ...options.headers }
      return call("POST", path, { ...options, token: undefined, headers })
    }
    const signIn = (json: object) => post("/api/auth/sign-in/email", { json })
    const cookieOf = ({ headers }: Answer) => headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? ""
    const isSignedIn = async (cookie: string) =>
      (await stage().call("GET", "/v1/api/me", { token: undefined, headers: { cookie } })).status

    test("open a session and end it, and say nothing of its secret", async () => {
      const { db, ann } = stage()
      await db.$client`
        insert into accounts (id, user_id, account_id, provider_id, password)
        values (${newId()}, ${ann.userId}, ${ann.userId}, 'credential',
          ${await hashPassword(password)})`
      const email = `${ann.userId}@studio.test`
      const answer = await signIn({ email, password })
      expect([answer.status, answer.text]).toEqual([200, "{}"])
      expect(answer.headers["set-cookie"]).toEqual([
        expect.stringMatching(/^studio_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/),
      ])
      expect(answer.headers).toMatchObject({
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "x-request-id": expect.any(String),
      })
      const cookie = cookieOf(answer)
      expect(await isSignedIn(cookie)).toBe(200)
      const out = await post("/api/auth/sign-out", { headers: { cookie } })
      const taken = out.headers["set-cookie"] ?? []
      expect([out.status, taken[0]]).toEqual([200, expect.stringMatching(/^studio_session=;/)])
      for (const line of taken) expect(line).toContain("Max-Age=0;")
      expect(await isSignedIn(cookie)).toBe(401)
    })

    test("refuse in the words of every other endpoint", async () => {
      const codes = async (answer: Promise<Answer>) => {
        const { status, json } = await answer
        return [status, json["code"], json["field"]]
      }
      const typed = { email: "nobody@studio.test", password }
      expect(await codes(signIn(typed))).toEqual([401, "unauthorized", undefined])
      expect(await codes(signIn({ ...typed, email: 7 }))).toEqual([422, "invalid_field", "email"])
      expect(await codes(signIn({ ...typed, x: "x".repeat(17_000) }))).toEqual([
        413,
        "too_large",
        undefined,
      ])
      const path = "/api/auth/sign-in/email"
      const form = { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } }
      expect(await codes(post(path, form))).toEqual([415, "unsupported_media_type", undefined])
      const elsewhere = { json: typed, headers: { "sec-fetch-site": "cross-site" } }
      expect(await codes(post(path, elsewhere))).toEqual([403, "cross_site", undefined])
      expect(await codes(post("/api/auth/sign-up/email", { json: typed }))).toEqual([
        404,
        "not_found",
        undefined,
      ])
      const read = await stage().call("GET", path, { token: undefined })
      expect([read.status, read.headers.allow]).toEqual([405, "POST, OPTIONS"])
    })
  })
}

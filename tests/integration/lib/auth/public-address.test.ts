import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { answerRequest } from "#lib/http/handle-request.ts"
import { errorCodes } from "#lib/protocol/error-codes.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountRequest } from "../../../support/account-request.ts"
import { addPerson } from "../../../support/people.ts"
import { password, signIn } from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let runtime: Runtime
let atHome: Runtime
let email: string

beforeAll(async () => {
  studio = await createTestStudio()
  const started = await studio.start({ role: "web" })
  runtime = started
  atHome = await studio.start({
    role: "web",
    env: {
      STUDIO_PUBLIC_URL: "https://a.test",
      STUDIO_OIDC_ISSUER: "http://127.0.0.1:9",
      STUDIO_OIDC_CLIENT_ID: "x",
      STUDIO_OIDC_CLIENT_SECRET: "x",
    },
  })
  const person = await addPerson(studio.db, studio.principal.tenantId, { name: "Ann" })
  await signIn(started, person)
  email = `${person.userId}@studio.test`
})
afterAll(() => studio.stop())

type Options = Parameters<typeof accountRequest>[2]

const signInBy = async (of: Runtime, options: Options) =>
  await answerRequest(of, accountRequest("/api/auth/sign-in/email", { email, password }, options))

describe("with a public address configured", () => {
  test.each([
    ["this machine", { host: "127.0.0.1:3000" }],
    ["a name of the network", { host: "studio.lan" }],
    ["the public name without encryption", { host: "a.test" }],
    ["another port", { host: "a.test:8443", headers: { origin: "https://a.test:8443" } }],
  ])("signing in under %s names the address in its error", async (_where, options) => {
    const answer = await signInBy(atHome, options)
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { error: "This Studio is at https://a.test. Open it there to go on.", code: "cross_site" },
    ])
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test.each([
    "/api/auth/sign-out",
    "/api/auth/single-sign-on",
    "/api/setup",
    "/api/invite",
    "/api/reset",
  ])("%s gets it as well", async (path) => {
    const asked = accountRequest(path, {}, { host: "127.0.0.1:3000" })
    const response = await answerRequest(atHome, asked)
    expect(await response.json()).toMatchObject({
      code: "cross_site",
      error: expect.stringContaining("https://a.test"),
    })
  })

  test("sign-in works at that address, whatever host a proxy sends", async () => {
    for (const host of ["a.test", "127.0.0.1:3000"]) {
      const answer = await signInBy(atHome, { host, headers: { origin: "https://a.test" } })
      expect(answer.status).toBe(200)
      expect(answer.headers.getSetCookie()[0]).toContain("__Host-studio_session=")
    }
  })

  test("another site does not learn the address", async () => {
    const headers = { origin: "https://evil.test", "sec-fetch-site": "cross-site" }
    const answer = await signInBy(atHome, { host: "a.test", headers })
    expect(await answer.json()).toEqual({
      error: "This can only be done from the Studio's own pages.",
      code: "cross_site",
    })
  })
})

test("sign-in and sign-out work behind a TLS-terminating proxy without a public address", async () => {
  const through = { host: "studio.lan", headers: { origin: "https://studio.lan" } }
  const answer = await signInBy(runtime, through)
  expect(answer.status).toBe(200)
  const cookie = answer.headers.getSetCookie()[0]?.split(";", 1)[0] ?? ""
  expect((await signInBy(runtime, { ...through, cookie })).status).toBe(200)
  const out = await answerRequest(
    runtime,
    accountRequest("/api/auth/sign-out", {}, { ...through, cookie }),
  )
  expect([out.status, await out.json()]).toEqual([200, {}])
  expect(out.headers.getSetCookie()[0]).toMatch(/^studio_session=;/)
})

describe("raw responses of the sign-in library never reach the client", () => {
  const failure = async (answer: Response) => {
    const body = (await answer.json()) as { error: unknown; code: string }
    expect([typeof body.error, errorCodes.some((code) => code === body.code)]).toEqual([
      "string",
      true,
    ])
    expect(Object.keys(body).filter((key) => !["error", "code", "field"].includes(key))).toEqual([])
    return answer.status
  }

  test.each([
    "/api/auth/sign-up/email",
    "/api/auth/get-session",
    "/api/auth/list-sessions",
    "/api/auth/update-user",
    "/api/auth/change-password",
    "/api/auth/delete-user",
    "/api/auth/sign-in/social",
    "/api/auth/reset-password",
    "/api/auth/error",
    "/api/auth/ok",
    "/api/auth/",
    "/api/auth/open-session",
  ])("%s", async (path) => {
    expect(await failure(await answerRequest(runtime, accountRequest(path, { email })))).toBe(404)
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const asked = new Request(`http://studio.test${path}`, { method })
      expect(await failure(await answerRequest(runtime, asked))).toBe(404)
    }
  })

  test.each<[string, object, Options, number]>([
    ["no e-mail", { password, email: undefined }, {}, 422],
    ["a number", { email: 7, password }, {}, 422],
    ["no object", [], {}, 400],
    ["no address", { email: "ann", password }, {}, 401],
    ["a callback elsewhere", { password: "x", callbackURL: "https://evil.test" }, {}, 401],
    ["a broken cookie", { password: "x" }, { cookie: "studio_session=%E0%A4%A" }, 401],
    ["a made-up cookie", { password: "x" }, { cookie: "studio_session=a.b" }, 401],
    ["another referer", { password: "x" }, { headers: { referer: "https://evil.test" } }, 401],
    ["a method on top", { password: "x" }, { headers: { "x-http-method": "PUT" } }, 401],
    [
      "another host of a proxy",
      { password: "x" },
      { headers: { "x-forwarded-host": "evil.test", "x-forwarded-proto": "https" } },
      401,
    ],
  ])("%s", async (_what, body, options, status) => {
    await studio.db.$client`delete from tries`
    const typed = Array.isArray(body) ? body : { email, ...body }
    const asked = accountRequest("/api/auth/sign-in/email", typed, options)
    expect(await failure(await answerRequest(runtime, asked))).toBe(status)
  })

  test("an unexpected one becomes our own error and is logged", async () => {
    const refuse = () =>
      Promise.resolve(Response.json({ message: "No", code: "INVALID_ORIGIN" }, { status: 403 }))
    const broken = { ...runtime, signIn: { ...runtime.signIn, handle: refuse } }
    expect(await failure(await signInBy(broken, {}))).toBe(503)
  })
})

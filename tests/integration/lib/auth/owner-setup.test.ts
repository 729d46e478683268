import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"

import { announceSetup, getSetupCode, isSetupOpen } from "#lib/auth/owner-setup.ts"
import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { createSignIn } from "#lib/auth/sign-in.ts"
import type { Env } from "#lib/env.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import type { Log } from "#lib/log.ts"
import { createTenant } from "#lib/people/create-tenant.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountRequest } from "../../../support/account-request.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let runtime: Runtime

beforeAll(async () => {
  studio = await createTestStudio()
})
afterAll(() => studio.stop())
beforeEach(async () => {
  await studio.db.$client`delete from accounts`
  await studio.db.$client`delete from installation where name = 'setup_code'`
  await studio.db.$client`delete from tries`
  // A process that has seen an owner never offers setup again, so each test needs its own.
  runtime = await studio.start({ role: "web" })
})

const origin = "http://localhost:3000"

/** A request of a browser on this machine, with changes. */
function request(body: object, headers: Record<string, string | null> = {}): Request {
  return accountRequest("/api/setup", body, {
    address: "127.0.0.1",
    host: "localhost:3000",
    headers,
  })
}

const mira = { name: "Mira", email: "Mira@Northwind.example", password: "a sentence works" }

function cookieOf(response: Response): Headers {
  const cookie = response.headers.getSetCookie()[0]?.split(";", 1)[0] ?? ""
  return new Headers({ cookie })
}

async function ownersWithPassword(): Promise<number> {
  const rows = await studio.db.$client`select 1 from accounts where password is not null`
  return rows.length
}

describe("owner setup", () => {
  test("creates and signs in the owner", async () => {
    expect(await isSetupOpen(runtime)).toBe(true)
    const response = await answerRequest(runtime, request(mira))
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^studio_session=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    const principal = await findSessionPrincipal(runtime, cookieOf(response))
    expect(principal).toMatchObject({
      name: "Mira",
      email: "mira@northwind.example",
      role: "owner",
      credential: { kind: "session" },
    })
    expect(principal?.scopes.has("admin")).toBe(true)
    expect(await isSetupOpen(runtime)).toBe(false)
  })

  test("of many concurrent attempts one creates the owner", async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        answerRequest(runtime, request({ ...mira, email: `person${index}@example.com` })),
      ),
    )
    const statuses = answers.map((answer) => answer.status).toSorted((a, b) => a - b)
    expect(statuses).toEqual([200, 403, 403, 403, 403, 403, 403, 403])
    expect(await ownersWithPassword()).toBe(1)
  })

  test("a person created earlier by a script gets the password and the role", async () => {
    const { userId, email } = studio.principal
    const response = await answerRequest(runtime, request({ ...mira, email }))
    const principal = await findSessionPrincipal(runtime, cookieOf(response))
    expect(principal).toMatchObject({ userId, role: "owner" })
  })

  test("the owner of a further tenant neither closes setup nor can be taken over by it", async () => {
    const order = { name: "Acme", slug: "acme", ownerEmail: "ann@acme.example" }
    const link = await createTenant(studio.db, { ...order, origin })
    const secret = link?.split("/").at(-1) ?? ""
    const joining = { secret, name: "Ann", password: "another sentence" }
    const joined = await answerRequest(runtime, accountRequest("/api/invite", joining))
    expect(joined.status).toBe(200)
    expect(await isSetupOpen(runtime)).toBe(true)
    const taken = await answerRequest(runtime, request({ ...mira, email: order.ownerEmail }))
    expect([taken.status, await taken.json()]).toMatchObject([409, { code: "address_taken" }])
    const asAnn = { email: order.ownerEmail, password: joining.password }
    const url = `${origin}/api/auth/sign-in/email`
    const signedIn = await answerRequest(runtime, new Request(url, request(asAnn)))
    expect(signedIn.status).toBe(200)
    expect((await answerRequest(runtime, request(mira))).status).toBe(200)
    expect(await isSetupOpen(runtime)).toBe(false)
  })

  test("a remote client behind a trusted proxy needs the code", async () => {
    const answer = await answerRequest(
      runtime,
      accountRequest("/api/setup", mira, { address: "203.0.113.7", host: "localhost:3000" }),
    )
    expect(await answer.json()).toMatchObject({ code: "invalid_field", field: "code" })
    const here = { address: "127.0.0.1", host: "localhost:3000" }
    expect((await answerRequest(runtime, accountRequest("/api/setup", mira, here))).status).toBe(
      200,
    )
  })

  test.each([
    [
      "another site's page",
      { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
      403,
    ],
    [
      "another site's page in an old browser",
      { "sec-fetch-site": null, origin: "https://evil.example" },
      403,
    ],
    ["a request that names no page at all", { "sec-fetch-site": null, origin: null }, 403],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415],
  ])("%s cannot run the setup", async (_name, headers, status) => {
    const response = await answerRequest(runtime, request(mira, headers))
    expect(response.status).toBe(status)
    expect(await ownersWithPassword()).toBe(0)
  })

  test.each([
    ["name", { ...mira, name: " " }],
    ["email", { ...mira, email: "mira" }],
    ["password", { ...mira, password: "1234567" }],
    ["password", { ...mira, password: "x".repeat(257) }],
    ["password", { ...mira, password: 12345678 }],
  ])("an error in %s is named, and nothing is created", async (field, body) => {
    const response = await answerRequest(runtime, request(body))
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({ code: "invalid_field", field })
    expect(await ownersWithPassword()).toBe(0)
  })

  const asksForCode = async (of: Runtime, asked: Request) => {
    const answer = await answerRequest(of, asked)
    const { field } = (await answer.json()) as { field?: string }
    expect(await ownersWithPassword()).toBe(field === "code" ? 0 : 1)
    return field === "code"
  }

  test("setup through a proxy asks for the code in the log", async () => {
    const wrong = { ...mira, code: "BBBBBBBBBB" }
    const through = { "x-forwarded-for": "203.0.113.7" }
    expect((await answerRequest(runtime, request(wrong, through))).status).toBe(422)
    expect(await ownersWithPassword()).toBe(0)
    const code = await getSetupCode(runtime)
    const right = await answerRequest(
      runtime,
      request({ ...mira, code: code.toLowerCase() }, through),
    )
    expect(right.status).toBe(200)
  })

  test.each([
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-server",
    "x-forwarded",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-host",
    "x-original-forwarded-for",
    "x-envoy-external-address",
    "x-amzn-trace-id",
    "x-request-id",
    "via",
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ray",
    "true-client-ip",
    "fastly-client-ip",
    "fly-client-ip",
  ])("%s shows a proxy, even one that says it is this machine", async (name) => {
    expect(await asksForCode(runtime, request(mira, { [name]: "127.0.0.1" }))).toBe(true)
  })

  test("headers of a direct browser do not count as a proxy", async () => {
    const browser = {
      accept: "*/*",
      "accept-encoding": "gzip, deflate, br, zstd",
      "accept-language": "en",
      "cache-control": "no-cache",
      connection: "keep-alive",
      dnt: "1",
      pragma: "no-cache",
      priority: "u=1, i",
      referer: "http://localhost:3000/setup",
      "sec-ch-ua": '"Chromium";v="141"',
      "sec-ch-ua-mobile": "?0",
      "sec-ch-ua-platform": '"Linux"',
      "sec-fetch-dest": "empty",
      "sec-fetch-mode": "cors",
      "sec-gpc": "1",
      "x-studio-user": "someone",
    }
    expect(await asksForCode(runtime, request(mira, browser))).toBe(false)
  })

  test.each<[string, Parameters<typeof accountRequest>[2]]>([
    ["under another name", { address: "127.0.0.1", host: "studio.example" }],
    [
      "under a name that only looks like this machine",
      { address: "127.0.0.1", host: "localhost.a" },
    ],
    [
      "as nginx passes it on by default",
      { httpVersion: "1.0", address: "127.0.0.1", host: "[::1]" },
    ],
    ["from another machine", { address: "203.0.113.7", host: "localhost:3000" }],
  ])("%s it asks for the code", async (_name, options) => {
    expect(await asksForCode(runtime, accountRequest("/api/setup", mira, options))).toBe(true)
  })

  test("a request that did not pass the front needs the code", async () => {
    const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" }
    const body = JSON.stringify(mira)
    const bare = new Request(`${origin}/api/setup`, { method: "POST", headers, body })
    bare.headers.set("host", "localhost:3000")
    expect(await asksForCode(runtime, bare)).toBe(true)
  })

  test.each<[string, boolean, Partial<Env>]>([
    ["HOST is open", true, { HOST: "0.0.0.0" }],
    ["HOST is another address", true, { HOST: "10.1.2.3" }],
    ["it has a public address", true, { STUDIO_PUBLIC_URL: "https://studio.example" }],
    ["its public address is a lookalike", true, { STUDIO_PUBLIC_URL: "http://localhost.example" }],
    ["its public address is this machine", false, { STUDIO_PUBLIC_URL: "http://localhost:3000" }],
    ["proxies are counted", true, { STUDIO_TRUSTED_PROXIES: { kind: "count", count: 1 } }],
    [
      "proxies are listed",
      true,
      { STUDIO_TRUSTED_PROXIES: { kind: "list", isTrusted: (ip) => ip === "127.0.0.1" } },
    ],
    ["nothing is set", false, {}],
  ])("when %s it asks for the code: %s; the log always has it", async (_name, asks, changes) => {
    const lines: string[] = []
    const log = Object.assign(Object.create(runtime.log) as Log, {
      warn: (line: string) => lines.push(line),
    })
    const other = { ...runtime, log, env: { ...runtime.env, ...changes } }
    await announceSetup(other)
    expect(lines).toEqual([expect.stringContaining(await getSetupCode(other))])
    expect(lines[0]?.includes("except in a browser on this machine")).toBe(!asks)
    // As forwarded by a proxy that rewrites the host.
    const at = { origin: changes.STUDIO_PUBLIC_URL ?? "http://localhost:3000" }
    expect(await asksForCode(other, request(mira, at))).toBe(asks)
    lines.length = 0
    await answerRequest(other, request({ ...mira, code: await getSetupCode(other) }, at))
    await announceSetup(other)
    expect(lines).toEqual([])
  })

  test("guessing the code is limited to ten attempts; correct codes do not count", async () => {
    const through = { "x-forwarded-for": "203.0.113.7" }
    const statuses = []
    for (let tries = 0; tries < 12; tries++) {
      const guess = request({ ...mira, code: `GUESS${tries}` }, through)
      statuses.push((await answerRequest(runtime, guess)).status)
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 422), 429, 429])
    const code = await getSetupCode(runtime)
    expect((await answerRequest(runtime, request({ ...mira, code }, through))).status).toBe(200)
  })
})

describe("a session", () => {
  test("of a disabled person is invalid from the next request on", async () => {
    const headers = cookieOf(await answerRequest(runtime, request(mira)))
    expect(await findSessionPrincipal(runtime, headers)).not.toBeNull()
    await studio.db.$client`update users set disabled_at = now()`
    expect(await findSessionPrincipal(runtime, headers)).toBeNull()
    await studio.db.$client`update users set disabled_at = null`
  })

  test("is refused to a disabled person despite the right password", async () => {
    await answerRequest(runtime, request(mira))
    await studio.db.$client`update users set disabled_at = now()`
    const { headers } = request(mira)
    const answer = await answerRequest(
      runtime,
      new Request(`${origin}/api/auth/sign-in/email`, {
        method: "POST",
        headers,
        body: JSON.stringify(mira),
      }),
    )
    await studio.db.$client`update users set disabled_at = null`
    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({
      error: "Your account is disabled. Ask an administrator of this Studio to enable it.",
      code: "account_disabled",
    })
    expect(answer.headers.getSetCookie()).toEqual([])
  })

  test("of a member has every scope except admin", async () => {
    const headers = cookieOf(await answerRequest(runtime, request(mira)))
    await studio.db.$client`update users set role = 'member'`
    const principal = await findSessionPrincipal(runtime, headers)
    expect(principal?.scopes.has("admin")).toBe(false)
    expect(principal?.scopes.has("conversations:write")).toBe(true)
  })

  test("is valid in every process of the installation, because they share one secret", async () => {
    const headers = cookieOf(await answerRequest(runtime, request(mira)))
    const other = await studio.start({ role: "web" })
    expect(await findSessionPrincipal(other, headers)).not.toBeNull()
  })

  test("with a forged signature is invalid", async () => {
    const cookie = cookieOf(await answerRequest(runtime, request(mira))).get("cookie") ?? ""
    const forged = cookie.replace(/=(.)/, (_, first: string) => (first === "a" ? "=b" : "=a"))
    expect(await findSessionPrincipal(runtime, new Headers({ cookie: forged }))).toBeNull()
  })

  test("over HTTPS uses a Secure __Host- cookie", async () => {
    const env = { ...runtime.env, STUDIO_PUBLIC_URL: "https://studio.example" }
    const signIn = createSignIn({ db: studio.db, env, log: runtime.log })
    const secure = { ...runtime, env, signIn }
    const headers = { host: "studio.example", origin: "https://studio.example" }
    const code = await getSetupCode(secure)
    const response = await answerRequest(secure, request({ ...mira, code }, headers))
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-studio_session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })
})

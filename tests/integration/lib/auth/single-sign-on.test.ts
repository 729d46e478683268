import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest"

import { findSessionPrincipal } from "#lib/auth/session-principal.ts"
import { refusalWords } from "#lib/auth/single-sign-on.ts"
import { answerRequest } from "#lib/http/handle-request.ts"
import { newId } from "#lib/ids.ts"
import type { Log } from "#lib/log.ts"
import type { Runtime } from "#lib/runtime.ts"

import { accountRequest } from "../../../support/account-request.ts"
import {
  client,
  startHandMadeProvider,
  type HandMadeProvider,
  type ProviderScript,
} from "../../../support/hand-made-provider.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

let studio: TestStudio
let provider: HandMadeProvider
let runtime: Runtime
let logged: object[]

beforeAll(async () => {
  studio = await createTestStudio()
  provider = await startHandMadeProvider()
})
afterAll(async () => {
  await provider.close()
  await studio.stop()
})
beforeEach(async () => {
  provider.reset()
  runtime = await start()
})

/** A process without cached provider metadata. */
async function start(issuer = provider.issuer): Promise<Runtime> {
  const started = await studio.start({
    role: "web",
    env: {
      STUDIO_OIDC_ISSUER: issuer,
      STUDIO_OIDC_CLIENT_ID: client.id,
      STUDIO_OIDC_CLIENT_SECRET: client.secret,
    },
  })
  logged = []
  const log = Object.assign(Object.create(started.log) as Log, {
    warn: (fields: object) => void ("reason" in fields && logged.push(fields)),
  })
  return { ...started, log }
}

async function addPerson(email: string, changes: { isDisabled?: boolean } = {}): Promise<string> {
  const id = newId()
  await studio.db.$client`
    insert into users (id, name, email, tenant_id, disabled_at)
    values (${id}, ${email}, ${email}, ${studio.principal.tenantId},
      ${changes.isDisabled === true ? studio.db.$client`now()` : null})`
  return id
}

const unique = () => newId().slice(-12)

interface Begun {
  url: string
  cookies: string
}

const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(";", 1)[0])
    .join("; ")

async function begin(of = runtime): Promise<Begun> {
  const response = await answerRequest(
    of,
    accountRequest("/api/auth/single-sign-on", { next: "/settings/account" }),
  )
  if (!response.ok) throw new Error(await response.text())
  const { url } = (await response.json()) as { url: string }
  return { url, cookies: cookiesOf(response) }
}

async function finish(answer: URLSearchParams, cookies: string, of = runtime): Promise<Response> {
  const asked = accountRequest("/api/auth/callback/oidc", {}, { cookie: cookies })
  const url = `${asked.url}?${answer.toString()}`
  return await answerRequest(of, new Request(url, { headers: asked.headers }))
}

/** Signs in as the provider's script says. @returns the signed-in person, or the error */
async function signIn(changes: Partial<ProviderScript>, of = runtime): Promise<string> {
  Object.assign(provider.script, changes)
  const { url, cookies } = await begin(of)
  return await outcomeOf(await finish(provider.answerTo(url), cookies, of))
}

async function outcomeOf(response: Response): Promise<string> {
  expect(response.status).toBe(302)
  const location = response.headers.get("location") ?? ""
  const principal = await findSessionPrincipal(
    runtime,
    new Headers({ cookie: cookiesOf(response) }),
  )
  const [, reason] = /^\/sign-in\?error=(\w+)$/.exec(location) ?? []
  const words = refusalWords(reason)
  expect(words).not.toBe("Signing in there did not work. Try again.")
  expect([location, words === null]).toEqual([
    reason === undefined ? "/settings/account" : `/sign-in?error=${reason}`,
    principal !== null,
  ])
  return principal?.email ?? reason ?? "nothing"
}

const confirmed = (sub: string, email: string) => ({ sub, email, email_verified: true })

test("the first sign-in matches by e-mail, later ones by the provider's subject", async () => {
  const email = `${unique()}@northwind.example`
  await addPerson(email)
  const sub = unique()
  expect(await signIn({ claims: confirmed(sub, email.toUpperCase()) })).toBe(email)
  expect(provider.asked.isPkceRight).toBe(true)
  expect(await signIn({ claims: confirmed(sub, "moved@elsewhere.example") })).toBe(email)
  expect(await signIn({ claims: { sub, email: undefined, email_verified: undefined } })).toBe(email)
  expect(logged).toEqual([])
})

test("claims of a role, a tenant or an id are ignored", async () => {
  const email = `${unique()}@northwind.example`
  const userId = await addPerson(email)
  const more = { role: "owner", tenantId: newId(), tenant_id: newId(), id: newId(), name: "X" }
  expect(await signIn({ claims: { ...confirmed(unique(), email), ...more } })).toBe(email)
  const rows = await studio.db.$client`select role, name from users where id = ${userId}`
  expect(rows).toEqual([{ role: "member", name: email }])
})

const now = () => Math.floor(Date.now() / 1000)

describe("a callback is refused, with the reason on the page and in the log", () => {
  test.each<[string, string, () => Partial<ProviderScript>]>([
    ["has no ID token", "no_id_token", () => ({ hasIdToken: false })],
    [
      "has no ID token, but a person",
      "no_id_token",
      () => ({ hasIdToken: false, userInfo: confirmed("x", "ann@northwind.example") }),
    ],
    ["is unsigned", "bad_signature", () => ({ header: { alg: "none" }, signedBy: "nobody" })],
    ["is signed by another key", "bad_signature", () => ({ signedBy: "other" })],
    [
      "is signed by an unpublished key",
      "bad_signature",
      () => ({ header: { kid: "other" }, signedBy: "other" }),
    ],
    [
      "is signed with the secret",
      "bad_signature",
      () => ({ header: { alg: "HS256" }, signedBy: "secret" }),
    ],
    [
      "is signed with the public key as a secret",
      "bad_signature",
      () => ({ header: { alg: "HS256" }, signedBy: "public key" }),
    ],
    ["is another's", "wrong_issuer", () => ({ claims: { iss: "https://evil.example" } })],
    ["is for another", "wrong_audience", () => ({ claims: { aud: "another" } })],
    [
      "is for several, and by another",
      "wrong_audience",
      () => ({ claims: { aud: [client.id, "another"], azp: "another" } }),
    ],
    ["is old", "token_expired", () => ({ claims: { exp: now() - 120 } })],
    ["is from the future", "clocks_differ", () => ({ claims: { nbf: now() + 150 } })],
    ["has no nonce", "wrong_nonce", () => ({ claims: { nonce: undefined } })],
    ["has another nonce", "wrong_nonce", () => ({ claims: { nonce: "another" } })],
    [
      "has no address",
      "no_email",
      () => ({ claims: { email: undefined }, discovery: { userinfo_endpoint: undefined } }),
    ],
    ["has an empty address", "no_email", () => ({ claims: { email: "" } })],
    ["has not confirmed it", "email_unconfirmed", () => ({ claims: { email_verified: false } })],
    ["says false as text", "email_unconfirmed", () => ({ claims: { email_verified: "false" } })],
    [
      "says nothing of that",
      "email_unconfirmed",
      () => ({ claims: { email_verified: undefined } }),
    ],
    ["says yes", "email_unconfirmed", () => ({ claims: { email_verified: "yes" } })],
    ["is of a stranger", "unknown_person", () => ({ claims: { email: "nobody@x.example" } })],
    ["has no subject", "provider_invalid", () => ({ claims: { sub: undefined } })],
    [
      "is an error",
      "client_refused",
      () => ({ tokenAnswer: { status: 401, body: '{"error":"invalid_client"}' } }),
    ],
    [
      "is an error of another kind",
      "provider_refused",
      () => ({ tokenAnswer: { status: 400, body: '{"error":"invalid_grant"}' } }),
    ],
    [
      "is no JSON",
      "provider_invalid",
      () => ({ tokenAnswer: { status: 200, body: "<p>Portal</p>" } }),
    ],
    [
      "is a failure",
      "provider_unreachable",
      () => ({ tokenAnswer: { status: 502, body: "<p>Bad gateway</p>" } }),
    ],
  ])("that %s: %s", async (_what, reason, changes) => {
    const email = `${unique()}@northwind.example`
    await addPerson(email)
    const { claims, ...rest } = changes()
    const before = await studio.db.$client`select count(*) from accounts`
    const said = { ...confirmed(unique(), email), ...claims }
    expect(await signIn({ claims: said, ...rest })).toBe(reason)
    expect(logged).toEqual([{ reason, detail: expect.any(String) }])
    expect(JSON.stringify(logged)).not.toMatch(/eyJ|an-access-token|northwind\.example/)
    expect(await studio.db.$client`select count(*) from accounts`).toEqual(before)
  })

  test("without a matching request: attempt_unknown", async () => {
    const ann = await begin()
    const bob = await begin()
    const answer = provider.answerTo(ann.url)
    expect(await outcomeOf(await finish(answer, ""))).toBe("attempt_unknown")
    expect(await outcomeOf(await finish(answer, bob.cookies))).toBe("attempt_unknown")
    answer.set("state", "made-up")
    expect(await outcomeOf(await finish(answer, ann.cookies))).toBe("attempt_unknown")
    answer.delete("state")
    expect(await outcomeOf(await finish(answer, ann.cookies))).toBe("attempt_unknown")
  })

  test.each([
    [{ error: "access_denied" }, "access_denied"],
    [{ error: "server_error" }, "provider_unreachable"],
    [{ error: "<script>" }, "provider_refused"],
    [{ iss: "https://evil.example" }, "wrong_issuer"],
  ])("with %j: %s", async (said, reason) => {
    provider.script.discovery = { authorization_response_iss_parameter_supported: true }
    const { url, cookies } = await begin()
    const answer = provider.answerTo(url)
    for (const [name, value] of Object.entries({ iss: provider.issuer, ...said })) {
      answer.set(name, value)
    }
    expect(await outcomeOf(await finish(answer, cookies))).toBe(reason)
  })
})

test.each([
  ["a token 80 seconds ahead of our clock", { nbf: now() + 80 }],
  ["a token that has just expired", { exp: now() - 30 }],
  ["an address confirmed as text", { email_verified: "true" }],
])("%s is accepted", async (_what, claims) => {
  const email = `${unique()}@northwind.example`
  await addPerson(email)
  expect(await signIn({ claims: { ...confirmed(unique(), email), ...claims } })).toBe(email)
})

test("an address from userinfo is accepted only for the same subject", async () => {
  const email = `${unique()}@northwind.example`
  await addPerson(email)
  const sub = unique()
  const without = { sub, email: undefined }
  expect(await signIn({ claims: without, userInfo: confirmed("another", email) })).toBe(
    "provider_invalid",
  )
  expect(await signIn({ claims: without, userInfo: { sub } })).toBe("no_email")
  expect(await signIn({ claims: without })).toBe("no_email")
  expect(await signIn({ claims: without, userInfo: null })).toBe("provider_unreachable")
  expect(await signIn({ claims: without, userInfo: confirmed(sub, email) })).toBe(email)
})

test("a reassigned address does not transfer the account", async () => {
  const email = `${unique()}@northwind.example`
  const userId = await addPerson(email)
  const first = unique()
  expect(await signIn({ claims: confirmed(first, email) })).toBe(email)
  expect(await signIn({ claims: confirmed(unique(), email) })).toBe("other_identity")
  expect(await signIn({ claims: confirmed(first, email) })).toBe(email)
  const linked = await studio.db.$client`
    select account_id, access_token, id_token from accounts where user_id = ${userId}`
  expect(linked).toEqual([{ accountId: first, accessToken: null, idToken: null }])
})

test("a link without stored issuer stays valid; another provider links again", async () => {
  const email = `${unique()}@northwind.example`
  const userId = await addPerson(email)
  const sub = unique()
  await studio.db.$client`
    insert into accounts (id, user_id, account_id, provider_id)
    values (${newId()}, ${userId}, ${sub}, 'oidc')`
  expect(await signIn({ claims: confirmed(unique(), email) })).toBe("other_identity")
  expect(await signIn({ claims: confirmed(sub, "moved@x.example") })).toBe(email)
  const other = await startHandMadeProvider()
  try {
    const theirs = `${unique()}@northwind.example`
    await addPerson(theirs)
    expect(await signIn({ claims: confirmed(sub, theirs) })).toBe(email)
    const ours = provider
    provider = other
    runtime = await start()
    expect(await signIn({ claims: confirmed(unique(), theirs) })).toBe(theirs)
    provider = ours
  } finally {
    await other.close()
  }
})

test.each(["\u212Aim", "\uFF4Bim", "k\u0131m", "ki\u200Bm", "kim\u0000", "k\u00EDm"])(
  "the address %j does not match another person's",
  async (name) => {
    const domain = `${unique()}.example`
    await addPerson(`kim@${domain}`)
    const claims = confirmed(unique(), `${name}@${domain}`)
    expect(await signIn({ claims })).toBe("email_not_ascii")
  },
)

test("a disabled person sees the reason, linked or not", async () => {
  const email = `${unique()}@northwind.example`
  const userId = await addPerson(email, { isDisabled: true })
  const sub = unique()
  expect(await signIn({ claims: confirmed(sub, email) })).toBe("account_disabled")
  await studio.db.$client`update users set disabled_at = null where id = ${userId}`
  expect(await signIn({ claims: confirmed(sub, email) })).toBe(email)
  await studio.db.$client`update users set disabled_at = now() where id = ${userId}`
  expect(await signIn({ claims: confirmed(sub, email) })).toBe("account_disabled")
})

test("concurrent sign-ins in two tabs do not interfere", async () => {
  const email = `${unique()}@northwind.example`
  await addPerson(email)
  provider.script.claims = confirmed(unique(), email)
  const [one, two] = [await begin(), await begin()]
  const cookies = `${one.cookies}; ${two.cookies}`
  for (const tab of [one, two]) {
    expect(await outcomeOf(await finish(provider.answerTo(tab.url), cookies))).toBe(email)
  }
})

test("signing in ends the browser's previous session", async () => {
  const email = `${unique()}@northwind.example`
  await addPerson(email)
  provider.script.claims = confirmed(unique(), email)
  const first = await begin()
  const session = cookiesOf(await finish(provider.answerTo(first.url), first.cookies))
  const second = await begin()
  const cookies = `${second.cookies}; ${session}`
  expect(await outcomeOf(await finish(provider.answerTo(second.url), cookies))).toBe(email)
  expect(await findSessionPrincipal(runtime, new Headers({ cookie: session }))).toBeNull()
})

describe("the client's secret", () => {
  const encoded = "the+studio:s%2Bcr+t%25%3A%C3%A9%26%3D"

  const wayOf = async (methods: unknown) => {
    const email = `${unique()}@northwind.example`
    await addPerson(email)
    const discovery = { token_endpoint_auth_methods_supported: methods }
    const outcome = await signIn({ discovery, claims: confirmed(unique(), email) })
    const { authorization = "", body } = provider.asked
    const [scheme, credentials = ""] = authorization.split(" ")
    return {
      isIn: outcome === email,
      scheme,
      credentials: Buffer.from(credentials, "base64").toString(),
      inBody: body.get("client_secret"),
    }
  }

  test.each<[string, unknown]>([
    ["says nothing", undefined],
    ["says an empty list", []],
    ["says Basic", ["client_secret_basic"]],
    ["says both", ["client_secret_post", "client_secret_basic"]],
  ])("uses HTTP Basic, form-encoded, where the discovery document %s", async (_what, methods) => {
    const basic = { isIn: true, scheme: "Basic", credentials: encoded, inBody: null }
    expect(await wayOf(methods)).toEqual(basic)
  })

  test("is sent in the body where the discovery document lists only that", async () => {
    const post = { isIn: true, scheme: "", credentials: "", inBody: client.secret }
    expect(await wayOf(["client_secret_post"])).toEqual(post)
  })

  test("is not sent where the discovery document supports neither", async () => {
    await wayOf(["private_key_jwt"])
    expect(logged).toMatchObject([{ reason: "client_auth_unsupported" }])
  })
})

describe("an unreachable provider is reported at the start of a sign-in", () => {
  const said = async (of: Runtime) => {
    const response = await answerRequest(of, accountRequest("/api/auth/single-sign-on", {}))
    return { status: response.status, ...((await response.json()) as object) }
  }

  test("one that is down, until it returns", async () => {
    const port = new URL(provider.issuer).port
    await provider.close()
    const away = await said(runtime)
    expect(away).toMatchObject({
      status: 503,
      code: "unavailable",
      error: expect.stringContaining("does not answer"),
    })
    expect(logged).toMatchObject([{ reason: "provider_unreachable" }])
    provider = await startHandMadeProvider()
    expect(new URL(provider.issuer).port).not.toBe(port)
    expect((await said(await start())).status).toBe(200)
  })

  test("one with a foreign or missing discovery document", async () => {
    provider.script.discovery = { issuer: "https://evil.example" }
    expect(await said(runtime)).toMatchObject({
      status: 503,
      error: expect.stringContaining("another provider"),
    })
    expect(logged).toMatchObject([{ reason: "wrong_issuer" }])
    provider.script.discovery = {}
    expect((await said(runtime)).status).toBe(200)
  })

  test("a trailing slash makes no difference", async () => {
    expect((await said(await start(`${provider.issuer}/`))).status).toBe(200)
  })
})

import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { requirePrincipal } from "#lib/auth/credential.ts"
import { isAppError } from "#lib/errors.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { addPerson } from "../../../support/people.ts"
import { signIn } from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"
import { waitFor } from "../../../support/wait-for.ts"

let studio: TestStudio
let runtime: StartedRuntime
let cookie: string
let token: string
let behindProxy: StartedRuntime

beforeAll(async () => {
  studio = await createTestStudio()
  runtime = await studio.start({ role: "web" })
  const { tenantId } = studio.principal
  cookie = await signIn(runtime, await addPerson(studio.db, tenantId, { name: "Carla" }))
  token = (await addPerson(studio.db, tenantId, { name: "Bert" })).token
  const env = { ...runtime.env, STUDIO_PUBLIC_URL: "https://studio.example/" }
  behindProxy = { ...runtime, env }
})
afterAll(() => studio.stop())

type Headers = Record<string, string | string[]>

/** The outcome: the cookie's Carla, the token's Bert, or the error code. */
async function outcome(
  method: string,
  headers: Headers,
  of = runtime,
  query = "",
): Promise<string> {
  try {
    const { name } = await requirePrincipal(of, {
      method,
      headers: { host: "studio.test:3000", ...headers },
      query: new URLSearchParams(query),
    })
    return name
  } catch (thrown) {
    if (isAppError(thrown)) return thrown.code
    throw thrown
  }
}

const json = { "content-type": "application/json", "content-length": "2" }
const own = { "sec-fetch-site": "same-origin", origin: "http://studio.test:3000" }
const post = { ...own, ...json }

type Case = [what: string, method: string, headers: Headers]

describe("a cookie on a state-changing request", () => {
  describe("from our own pages is accepted", () => {
    test.each<Case>([
      ["fetch with JSON", "POST", post],
      [
        "fetch with JSON and its charset",
        "POST",
        { ...post, "content-type": "application/json; charset=utf-8" },
      ],
      [
        "an older browser: the origin alone",
        "POST",
        { ...json, origin: "http://studio.test:3000" },
      ],
      [
        "a browser that leaves the origin out",
        "POST",
        { ...json, "sec-fetch-site": "same-origin" },
      ],
      ["PATCH", "PATCH", post],
      ["PUT", "PUT", post],
      ["DELETE without a body", "DELETE", own],
      ["POST without a body", "POST", { ...own, "content-length": "0" }],
      [
        "a chunked body",
        "POST",
        { ...own, "content-type": "application/json", "transfer-encoding": "chunked" },
      ],
      [
        "a host in capitals",
        "POST",
        { ...json, host: "Studio.Test:3000", origin: "http://studio.test:3000" },
      ],
      ["sendBeacon with JSON of our own", "POST", { ...post, "sec-fetch-mode": "no-cors" }],
    ])("%s", async (_what, method, headers) => {
      expect(await outcome(method, { cookie, ...headers })).toBe("Carla")
    })
  })

  describe("from other sites, according to the browser, is refused", () => {
    test.each<Case>([
      [
        "a cross-site fetch",
        "POST",
        { ...json, "sec-fetch-site": "cross-site", origin: "https://evil.test" },
      ],
      ["a cross-site fetch without origin", "POST", { ...json, "sec-fetch-site": "cross-site" }],
      [
        "a sibling's fetch",
        "POST",
        { ...json, "sec-fetch-site": "same-site", origin: "http://blog.studio.test:3000" },
      ],
      [
        "another port's fetch",
        "POST",
        { ...json, "sec-fetch-site": "same-site", origin: "http://studio.test:4000" },
      ],
      ["an address typed by hand", "POST", { ...json, "sec-fetch-site": "none" }],
      [
        "a form that was reloaded",
        "POST",
        { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "none" },
      ],
      ["an unknown value", "POST", { ...json, "sec-fetch-site": "same-planet" }],
      ["a value in capitals", "POST", { ...json, "sec-fetch-site": "SAME-ORIGIN" }],
      ["two values", "POST", { ...json, "sec-fetch-site": ["same-origin", "cross-site"] }],
      ["a foreign origin that claims to be ours", "POST", { ...post, origin: "https://evil.test" }],
      ["a null origin that claims to be ours", "POST", { ...post, origin: "null" }],
      [
        "a cross-site DELETE",
        "DELETE",
        { "sec-fetch-site": "cross-site", origin: "https://evil.test" },
      ],
      ["a cross-site PUT", "PUT", { ...json, "sec-fetch-site": "cross-site" }],
      [
        "an image, a link, a frame that posts",
        "POST",
        { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      ],
    ])("%s", async (_what, method, headers) => {
      expect(await outcome(method, { cookie, ...headers })).toBe("cross_site")
    })
  })

  describe("from older browsers, with a foreign or no origin, is refused", () => {
    test.each<Case>([
      ["nothing at all", "POST", json],
      ["nothing at all, DELETE", "DELETE", {}],
      ["only a referrer of ours", "POST", { ...json, referer: "http://studio.test:3000/" }],
      ["a foreign origin", "POST", { ...json, origin: "https://evil.test" }],
      ["a sandboxed page", "POST", { ...json, origin: "null" }],
      ["a file", "POST", { ...json, origin: "file://" }],
      ["our name as a prefix", "POST", { ...json, origin: "http://studio.test:3000.evil.test" }],
      ["our name as a suffix", "POST", { ...json, origin: "http://evilstudio.test:3000" }],
      ["our name as a user", "POST", { ...json, origin: "http://studio.test:3000@evil.test" }],
      ["our name without its port", "POST", { ...json, origin: "http://studio.test" }],
      ["an origin with a path", "POST", { ...json, origin: "http://studio.test:3000/x" }],
      ["an extension", "POST", { ...json, origin: "chrome-extension://studio.test:3000" }],
      [
        "two origins",
        "POST",
        { ...json, origin: ["http://studio.test:3000", "https://evil.test"] },
      ],
      ["an origin and no host", "POST", { ...json, host: "", origin: "http://studio.test:3000" }],
      [
        "a host with a path in it",
        "POST",
        { ...json, host: "studio.test:3000/x", origin: "http://studio.test:3000" },
      ],
    ])("%s", async (_what, method, headers) => {
      expect(await outcome(method, { cookie, ...headers })).toBe("cross_site")
    })
  })

  describe("with content types of forms and beacons, which are never JSON, is refused", () => {
    test.each<Case>([
      [
        "a form of ours",
        "POST",
        { ...own, "content-type": "application/x-www-form-urlencoded", "content-length": "2" },
      ],
      [
        "a form with files",
        "POST",
        { ...own, "content-type": "multipart/form-data; boundary=x", "content-length": "2" },
      ],
      ["text/plain", "POST", { ...own, "content-type": "text/plain", "content-length": "2" }],
      [
        "text/plain that mentions JSON",
        "POST",
        { ...own, "content-type": "text/plain; application/json", "content-length": "2" },
      ],
      [
        "JSON's name as a prefix",
        "POST",
        { ...own, "content-type": "application/jsonp", "content-length": "2" },
      ],
      ["a body without a type", "POST", { ...own, "content-length": "2" }],
      ["a chunked body without a type", "POST", { ...own, "transfer-encoding": "chunked" }],
      [
        "DELETE with a form's body",
        "DELETE",
        { ...own, "content-type": "text/plain", "content-length": "2" },
      ],
      ["an empty body of a form's type", "POST", { ...own, "content-type": "text/plain" }],
    ])("%s", async (_what, method, headers) => {
      expect(await outcome(method, { cookie, ...headers })).toBe("unsupported_media_type")
    })
  })

  describe("with unknown methods and method overrides is refused", () => {
    test.each<Case>([
      ["a method of one's own", "PROPFIND", {}],
      ["an override", "POST", { ...json, "x-http-method-override": "GET" }],
    ])("%s", async (_what, method, headers) => {
      expect(await outcome(method, { cookie, ...headers })).toBe("cross_site")
    })
  })
})

describe("a cookie on a safe request", () => {
  test.each<[string, Headers]>([
    ["GET", {}],
    ["HEAD", {}],
    ["GET", { "sec-fetch-site": "same-origin" }],
    ["GET", { "sec-fetch-site": "none" }],
    ["GET", { origin: "http://studio.test:3000" }],
  ])("%s %o is accepted", async (method, headers) => {
    expect(await outcome(method, { cookie, ...headers })).toBe("Carla")
  })

  test.each<[string, Headers]>([
    ["GET", { "sec-fetch-site": "cross-site" }],
    ["HEAD", { "sec-fetch-site": "cross-site" }],
    ["GET", { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
    ["GET", { "sec-fetch-site": "same-site" }],
    ["OPTIONS", { "sec-fetch-site": "cross-site" }],
    ["GET", { "sec-fetch-site": "SAME-ORIGIN" }],
    ["GET", { "sec-fetch-site": ["same-origin", "cross-site"] }],
    ["GET", { origin: "https://evil.test" }],
    ["GET", { origin: "null" }],
    ["GET", { "sec-fetch-site": "same-origin", origin: "http://studio.test:4000" }],
  ])("%s %o by another site is refused", async (method, headers) => {
    expect(await outcome(method, { cookie, ...headers })).toBe("cross_site")
  })

  test("started by another site does not use the session", async () => {
    const sql = studio.db.$client
    await sql`update sessions set updated_at = now() - interval '1 hour'`
    await outcome("GET", { cookie, "sec-fetch-site": "cross-site" })
    const used = sql`select 1 from sessions where updated_at > now() - interval '1 minute'`
    expect(await used).toHaveLength(0)
    expect(await outcome("GET", { cookie })).toBe("Carla")
    await waitFor(async () => {
      const rows = await sql`
        select 1 from sessions where updated_at > now() - interval '1 minute'`
      return rows.length > 0
    })
  })
})

describe("with several session cookies", () => {
  test.each([
    ["another's first", (own: string) => `studio_session=planted.signature; ${own}`],
    ["another's last", (own: string) => `${own};studio_session=planted.signature`],
    ["the same twice", (own: string) => `${own}; ${own}`],
    ["an empty one beside it", (own: string) => `studio_session=; ${own}`],
  ])("none counts: %s", async (_what, cookies) => {
    expect(await outcome("GET", { cookie: cookies(cookie) })).toBe("unauthorized")
    expect(await outcome("POST", { cookie: cookies(cookie), ...post })).toBe("unauthorized")
  })

  test("only those with our name count", async () => {
    const others =
      "xstudio_session=a; studio_sessions=b; __Host-studio_session=c; a=studio_session="
    expect(await outcome("GET", { cookie: `${others}; ${cookie}` })).toBe("Carla")
  })
})

describe("a token", () => {
  const bearer = () => ({ authorization: `Bearer ${token}` })

  test.each<[string, () => Headers, string]>([
    ["alone needs no page", () => ({ ...bearer() }), "Bert"],
    ["is no matter of sites", () => ({ ...bearer(), "sec-fetch-site": "cross-site" }), "Bert"],
    [
      "beside a cookie is the only one that counts",
      () => ({ ...bearer(), cookie, ...post }),
      "Bert",
    ],
    [
      "that is bad never falls back to the cookie",
      () => ({ authorization: "Bearer nonsense", cookie, ...post }),
      "unauthorized",
    ],
    [
      "that is empty never falls back",
      () => ({ authorization: "Bearer", cookie, ...post }),
      "unauthorized",
    ],
    [
      "given twice is refused",
      () => ({ authorization: [`Bearer ${token}`, "Bearer x"], cookie, ...post }),
      "invalid_header",
    ],
    [
      "that came as two header lines is refused",
      () => ({ authorization: [`Bearer ${token}`, `Bearer ${token}`], cookie, ...post }),
      "invalid_header",
    ],
  ])("%s", async (_what, headers, expected) => {
    expect(await outcome("POST", headers())).toBe(expected)
  })

  test.each([
    ["Basic", () => `Basic ${btoa(`ann:${token}`)}`],
    ["Basic with the token", () => `Basic ${token}`],
    ["Token", () => `Token ${token}`],
    ["no scheme", () => token],
    ["Bearer without a space", () => `Bearer${token}`],
    ["Bearer with a tab", () => `Bearer\t${token}`],
    ["nothing", () => ""],
    ["a blank", () => " "],
  ])("in another scheme never falls back to the cookie: %s", async (_what, authorization) => {
    for (const method of ["GET", "POST"]) {
      const headers = { authorization: authorization(), cookie, ...post }
      expect(await outcome(method, headers)).toBe("unauthorized")
    }
  })

  test("in the address is refused, whatever else the request carries", async () => {
    expect(await outcome("GET", { cookie }, runtime, `token=${token}`)).toBe("unauthorized")
  })
})

describe("behind a proxy that rewrites the host", () => {
  test.each([
    ["the public origin", "https://studio.example", "Carla"],
    ["the public name on plain HTTP", "http://studio.example", "cross_site"],
    ["another port of it", "https://studio.example:8443", "cross_site"],
    ["another name", "https://studio.example.evil.test", "cross_site"],
  ])("%s", async (_what, origin, expected) => {
    const headers = { cookie, ...json, host: "10.0.0.7:3000", origin }
    expect(await outcome("POST", headers, behindProxy)).toBe(expected)
  })
})

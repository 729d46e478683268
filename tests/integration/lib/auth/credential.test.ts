import { afterAll, beforeAll, describe, expect, test } from "vitest"

import { requirePrincipal } from "#lib/auth/credential.ts"
import { isAppError } from "#lib/errors.ts"
import type { StartedRuntime } from "#lib/runtime.ts"

import { addPerson } from "../../../support/people.ts"
import { signIn } from "../../../support/studio-server.ts"
import { createTestStudio, type TestStudio } from "../../../support/studio.ts"

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

/** Who gets in: the cookie's Carla, the token's Bert, or the code of the refusal. */
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

describe("a cookie on a request that changes something", () => {
  test.each<[string, string, Headers, string]>([
    // Our own pages.
    ["fetch with JSON", "POST", post, "Carla"],
    [
      "fetch with JSON and its charset",
      "POST",
      { ...post, "content-type": "application/json; charset=utf-8" },
      "Carla",
    ],
    [
      "an older browser: the origin alone",
      "POST",
      { ...json, origin: "http://studio.test:3000" },
      "Carla",
    ],
    [
      "a browser that leaves the origin out",
      "POST",
      { ...json, "sec-fetch-site": "same-origin" },
      "Carla",
    ],
    ["PATCH", "PATCH", post, "Carla"],
    ["PUT", "PUT", post, "Carla"],
    ["DELETE without a body", "DELETE", own, "Carla"],
    ["POST without a body", "POST", { ...own, "content-length": "0" }, "Carla"],
    [
      "a chunked body",
      "POST",
      { ...own, "content-type": "application/json", "transfer-encoding": "chunked" },
      "Carla",
    ],
    [
      "a host in capitals",
      "POST",
      { ...json, host: "Studio.Test:3000", origin: "http://studio.test:3000" },
      "Carla",
    ],
    ["sendBeacon with JSON of our own", "POST", { ...post, "sec-fetch-mode": "no-cors" }, "Carla"],
    // Other sites, as browsers tell.
    [
      "a cross-site fetch",
      "POST",
      { ...json, "sec-fetch-site": "cross-site", origin: "https://evil.test" },
      "cross_site",
    ],
    [
      "a cross-site fetch without origin",
      "POST",
      { ...json, "sec-fetch-site": "cross-site" },
      "cross_site",
    ],
    [
      "a sibling's fetch",
      "POST",
      { ...json, "sec-fetch-site": "same-site", origin: "http://blog.studio.test:3000" },
      "cross_site",
    ],
    [
      "another port's fetch",
      "POST",
      { ...json, "sec-fetch-site": "same-site", origin: "http://studio.test:4000" },
      "cross_site",
    ],
    ["an address typed by hand", "POST", { ...json, "sec-fetch-site": "none" }, "cross_site"],
    [
      "a form that was reloaded",
      "POST",
      { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "none" },
      "cross_site",
    ],
    ["a value nobody knows", "POST", { ...json, "sec-fetch-site": "same-planet" }, "cross_site"],
    ["a value in capitals", "POST", { ...json, "sec-fetch-site": "SAME-ORIGIN" }, "cross_site"],
    [
      "two values",
      "POST",
      { ...json, "sec-fetch-site": ["same-origin", "cross-site"] },
      "cross_site",
    ],
    [
      "a foreign origin that claims to be ours",
      "POST",
      { ...post, origin: "https://evil.test" },
      "cross_site",
    ],
    ["a null origin that claims to be ours", "POST", { ...post, origin: "null" }, "cross_site"],
    [
      "a cross-site DELETE",
      "DELETE",
      { "sec-fetch-site": "cross-site", origin: "https://evil.test" },
      "cross_site",
    ],
    ["a cross-site PUT", "PUT", { ...json, "sec-fetch-site": "cross-site" }, "cross_site"],
    [
      "an image, a link, a frame that posts",
      "POST",
      { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" },
      "cross_site",
    ],
    // Older browsers, which name the origin or nothing.
    ["nothing at all", "POST", json, "cross_site"],
    ["nothing at all, DELETE", "DELETE", {}, "cross_site"],
    [
      "only a referrer of ours",
      "POST",
      { ...json, referer: "http://studio.test:3000/" },
      "cross_site",
    ],
    ["a foreign origin", "POST", { ...json, origin: "https://evil.test" }, "cross_site"],
    ["a sandboxed page", "POST", { ...json, origin: "null" }, "cross_site"],
    ["a file", "POST", { ...json, origin: "file://" }, "cross_site"],
    [
      "our name as a prefix",
      "POST",
      { ...json, origin: "http://studio.test:3000.evil.test" },
      "cross_site",
    ],
    [
      "our name as a suffix",
      "POST",
      { ...json, origin: "http://evilstudio.test:3000" },
      "cross_site",
    ],
    [
      "our name as a user",
      "POST",
      { ...json, origin: "http://studio.test:3000@evil.test" },
      "cross_site",
    ],
    ["our name without its port", "POST", { ...json, origin: "http://studio.test" }, "cross_site"],
    [
      "an origin with a path",
      "POST",
      { ...json, origin: "http://studio.test:3000/x" },
      "cross_site",
    ],
    [
      "an extension",
      "POST",
      { ...json, origin: "chrome-extension://studio.test:3000" },
      "cross_site",
    ],
    [
      "two origins",
      "POST",
      { ...json, origin: ["http://studio.test:3000", "https://evil.test"] },
      "cross_site",
    ],
    [
      "an origin and no host",
      "POST",
      { ...json, host: "", origin: "http://studio.test:3000" },
      "cross_site",
    ],
    [
      "a host with a path in it",
      "POST",
      { ...json, host: "studio.test:3000/x", origin: "http://studio.test:3000" },
      "cross_site",
    ],
    // What forms and beacons can send is never JSON.
    [
      "a form of ours",
      "POST",
      { ...own, "content-type": "application/x-www-form-urlencoded", "content-length": "2" },
      "unsupported_media_type",
    ],
    [
      "a form with files",
      "POST",
      { ...own, "content-type": "multipart/form-data; boundary=x", "content-length": "2" },
      "unsupported_media_type",
    ],
    [
      "text/plain",
      "POST",
      { ...own, "content-type": "text/plain", "content-length": "2" },
      "unsupported_media_type",
    ],
    [
      "text/plain that mentions JSON",
      "POST",
      { ...own, "content-type": "text/plain; application/json", "content-length": "2" },
      "unsupported_media_type",
    ],
    [
      "JSON's name as a prefix",
      "POST",
      { ...own, "content-type": "application/jsonp", "content-length": "2" },
      "unsupported_media_type",
    ],
    ["a body without a type", "POST", { ...own, "content-length": "2" }, "unsupported_media_type"],
    [
      "a chunked body without a type",
      "POST",
      { ...own, "transfer-encoding": "chunked" },
      "unsupported_media_type",
    ],
    [
      "DELETE with a form's body",
      "DELETE",
      { ...own, "content-type": "text/plain", "content-length": "2" },
      "unsupported_media_type",
    ],
    [
      "an empty body of a form's type",
      "POST",
      { ...own, "content-type": "text/plain" },
      "unsupported_media_type",
    ],
    // Methods nobody has, and tricks with methods.
    ["a method of one's own", "PROPFIND", {}, "cross_site"],
    ["an override", "POST", { ...json, "x-http-method-override": "GET" }, "cross_site"],
  ])("%s", async (_what, method, headers, expected) => {
    expect(await outcome(method, { cookie, ...headers })).toBe(expected)
  })
})

describe("a cookie on a request that changes nothing", () => {
  test.each([
    ["GET", {}],
    ["HEAD", {}],
    ["GET", { "sec-fetch-site": "cross-site", origin: "https://evil.test" }],
    ["GET", { "sec-fetch-site": "none" }],
  ])("%s %o is answered; no other site can read it", async (method, headers) => {
    expect(await outcome(method, { cookie, ...headers })).toBe("Carla")
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
      "in another scheme is none, so the cookie counts",
      () => ({ authorization: `Basic ${token}`, cookie, ...post }),
      "Carla",
    ],
  ])("%s", async (_what, headers, expected) => {
    expect(await outcome("POST", headers())).toBe(expected)
  })

  test("in the address is refused, whatever else is there", async () => {
    expect(await outcome("GET", { cookie }, runtime, `token=${token}`)).toBe("unauthorized")
  })
})

describe("behind a proxy that has its own name for us", () => {
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

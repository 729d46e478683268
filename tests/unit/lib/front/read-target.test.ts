import fc from "fast-check"
import { describe, expect, test } from "vitest"

import { isAppError } from "#lib/errors.ts"
import { readTarget } from "#lib/front/read-target.ts"

const codeOf = (raw: string) => {
  const target = readTarget(raw)
  return isAppError(target) ? target.code : target
}

describe("readTarget", () => {
  test.each([
    ["/", "/"],
    ["/v1/api/conversations?q=a%2Fb/../c\\d", "/v1/api/conversations"],
    ["/v1/api/conversations/", "/v1/api/conversations/"],
    ["/_next/static/chunks/%5Broot%5D.js?x", "/_next/static/chunks/%5Broot%5D.js"],
    ["/.well-known/x", "/.well-known/x"],
    ["/a...b/...", "/a...b/..."],
    ["/c/caf%C3%A9%20x", "/c/caf%C3%A9%20x"],
    ["/100%25", "/100%25"],
  ])("%s is unchanged", (raw, path) => {
    expect(readTarget(raw)).toEqual({ path, url: raw, isAsSent: true })
  })

  test("unnecessary encoding is decoded, equally for every reader", () => {
    expect(readTarget("/%76%31/%7eme%2Drc%5f9?q=%76")).toEqual({
      path: "/v1/~me-rc_9",
      url: "/v1/~me-rc_9?q=%76",
      isAsSent: false,
    })
  })

  test.each([
    "*",
    "",
    "?x",
    "v1/api",
    "http://a.test/v1/api/me",
    "/x/../v1/api/me",
    "/..",
    "/.",
    "/./v1/api/me",
    "/v1/.",
    "/x/..;a=b/v1",
    "/x/.;/v1",
    "/x/%2e%2e/v1",
    "/x/.%2E/v1",
    "/x/%2E/v1",
    "/x/%2e%2e%3b/v1",
    "/x/%252e%252E/v1",
    "/x/%25%32%65%252e/v1",
    "/x/%25252e%25252e/v1",
    "/x/%2525252525252e/v1",
    "//v1/api/me",
    "/v1//api/me",
    "/v1/api/me//",
    "/\\v1/api/me",
    "/x/..\\v1",
    "/%5cv1",
    "/x%255Cv1",
    "/x%2f..%2fv1",
    "/v1%2Fapi%2fme",
    "/v1%252fapi",
    "/c/%00",
    "/c/%2500",
    "/c/a%0d%0ab",
    "/c/%7f",
    "/c/%c2%85",
    "/%",
    "/%zz",
    "/%u002e",
    "/c/%ff",
    "/c/%E0%A4%A",
    "/x/%c0%ae%c0%ae/v1",
    "/sign-in#a",
    "/sign-in?a#b",
    "/a\u00e9",
    "/a b",
    "/a\tb",
    "/a?b\u0000",
  ])("%j is refused", (raw) => {
    expect(codeOf(raw)).toBe("bad_request")
  })

  test("an address over 8 KiB is too long", () => {
    expect(codeOf(`/${"a".repeat(8 * 1024)}`)).toBe("uri_too_long")
    expect(codeOf(`/%${"25".repeat(4_000)}`)).toBe("bad_request")
  })

  test("its path equals that of URL parsers, for any input", () => {
    const pieces = fc.constantFrom(
      "/",
      "//",
      ".",
      "..",
      "%2e",
      "%252e",
      "%2f",
      "%5c",
      "\\",
      ";",
      "v1",
      "%76",
      "%00",
      "%",
      "%e4",
      "%c3%a9",
      "?",
      "#",
      "@",
      ":",
      "%25",
      "~",
      "%7E",
      "api",
      "_next",
      "\u00e9",
      "*",
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const target = readTarget(`/${parts.join("")}`)
        if (isAppError(target)) return
        const url = new URL(target.url, "http://a.test")
        expect(url.host).toBe("a.test")
        expect(url.pathname).toBe(target.path)
        expect(new URL(decodeURIComponent(target.path), "http://a.test").host).toBe("a.test")
        // Reading it again changes nothing.
        expect(readTarget(target.url)).toEqual({ ...target, isAsSent: true })
      }),
      { numRuns: 3_000 },
    )
  })
})

import { describe, expect, test } from "vitest"

import { pageHeaders } from "#lib/front/page-headers.ts"

const production = { isDev: false, isHttps: false }

function directives(path: string, options = production): Map<string, string> {
  const policy = pageHeaders(path, options).get("Content-Security-Policy") ?? ""
  return new Map(
    policy.split("; ").map((directive) => {
      const [name = "", ...values] = directive.split(" ")
      return [name, values.join(" ")]
    }),
  )
}

describe("the policy of a page", () => {
  test("denies by default, and permits only scripts with this response's nonce", () => {
    const [one, other] = [directives("/"), directives("/")]
    expect(one.get("default-src")).toBe("'none'")
    expect(one.get("script-src")).toMatch(/^'nonce-[A-Za-z0-9+/]{22}==' 'strict-dynamic'$/)
    expect(one.get("script-src")).not.toBe(other.get("script-src"))
  })

  test("permits no other host and no framing", () => {
    const policy = directives("/c/x")
    expect(Object.fromEntries(policy)).toMatchObject({
      "img-src": "'self' data: blob:",
      "font-src": "'self'",
      "connect-src": "'self'",
      "object-src": "'none'",
      "base-uri": "'none'",
      "form-action": "'self'",
      "frame-ancestors": "'none'",
    })
    expect([...policy.values()].join(" ")).not.toMatch(/\*|https?:|unsafe-eval|ws:/)
  })

  test("is relaxed only for the development server", () => {
    const policy = directives("/", { isDev: true, isHttps: false })
    expect(policy.get("script-src")).toContain("'unsafe-eval'")
    expect(policy.get("connect-src")).toBe("'self' ws:")
  })

  test("upgrades insecure requests where the public address is https", () => {
    expect(directives("/").has("upgrade-insecure-requests")).toBe(false)
    expect(directives("/", { isDev: false, isHttps: true }).has("upgrade-insecure-requests")).toBe(
      true,
    )
  })
})

test("a file or a script's response is inert when opened as a page", () => {
  for (const path of ["/_next/static/chunks/a.js", "/api/auth/sign-out", "/icon.svg"]) {
    const policy = directives(path)
    expect(policy.has("sandbox")).toBe(true)
    expect(policy.has("script-src")).toBe(false)
  }
})

import { globSync } from "node:fs"
import path from "node:path"

import { describe, expect, test } from "vitest"

import { isAppError } from "#lib/errors.ts"
import { dropNextHeaders } from "#lib/front/next-headers.ts"
import { isWirePath, judgePage } from "#lib/front/refuse-early.ts"

const root = path.join(import.meta.dirname, "../../../..")

const judge = (method: string, at: string, isDev = false) => {
  const judged = judgePage(method, at, isDev)
  return isAppError(judged) ? judged.code : judged
}

test("every route handler serves the wire contract, and no page does", () => {
  const files = globSync("app/**/{route,page}.{ts,tsx}", { cwd: root })
  expect(files.length).toBeGreaterThan(40)
  for (const file of files) {
    const at = `/${path.dirname(file).slice("app/".length)}`.replaceAll(/\(\w+\)\/?/g, "")
    expect([file, isWirePath(at)]).toEqual([file, file.endsWith("route.ts")])
  }
})

describe("judgePage", () => {
  test.each(["/", "/sign-in", "/api", "/api/nothing", "/api/auth", "/_next/x", "/__nextjs_x"])(
    "%s accepts no requests with a body",
    (at) => {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
        expect(judge(method, at)).toBe("method_not_allowed")
      }
    },
  )

  test.each([
    "/_next/image",
    "/_next/data/build/sign-in.json",
    "/_next/static",
    "/_next/postponed/resume/x",
    "/_global-error",
    "/_error",
    "/__nextjs_source-map",
  ])("%s is a 404", (at) => {
    expect(judge("GET", at)).toBe("not_found")
  })

  test("the development server has its own paths, without the image service", () => {
    expect(judge("POST", "/__nextjs_original-stack-frames", true)).toBe("file")
    expect(judge("GET", "/_next/hmr", true)).toBe("file")
    expect(judge("GET", "/_next/image", true)).toBe("not_found")
    expect(judge("GET", "/_next/static/a.js")).toBe("file")
  })
})

describe("dropNextHeaders", () => {
  const sent = () => ({
    accept: "*/*",
    host: "a.test",
    "x-forwarded-for": "10.0.0.1",
    rsc: "1",
    "next-url": "/",
    "next-router-prefetch": "1",
    "next-router-segment-prefetch": "/_tree",
    "next-router-state-tree": "x",
    "next-action": "7f",
    "next-resume": "1",
    "next-new-header": "1",
    "x-action-forwarded": "1",
    "x-middleware-subrequest": "middleware",
    "x-invoke-path": "/v1/api/me",
    "x-matched-path": "/v1/api/me",
    "x-now-route-matches": "1=a",
    "x-nextjs-data": "1",
    "x-next-resume-state-length": "1",
    "x-prerender-revalidate": "1",
    "x-vercel-id": "1",
  })
  const plain = ["accept", "host", "x-forwarded-for"]

  test("a page keeps the headers of client-side navigation", () => {
    const headers = sent()
    dropNextHeaders({ headers }, { isPage: true, isDev: false })
    expect(Object.keys(headers)).toEqual([
      ...plain,
      "rsc",
      "next-url",
      "next-router-prefetch",
      "next-router-segment-prefetch",
      "next-router-state-tree",
    ])
  })

  test("a route handler keeps none of them", () => {
    const headers = sent()
    dropNextHeaders({ headers }, { isPage: false, isDev: false })
    expect(Object.keys(headers)).toEqual(plain)
  })
})

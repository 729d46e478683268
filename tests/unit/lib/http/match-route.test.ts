import { expect, test } from "vitest"

import { createMatcher } from "#lib/http/match-route.ts"
import { publicRoute, type Method } from "#lib/http/route.ts"

const id = "0198c2f4-6f3a-7cc1-9d58-3a4b5c6d7e8f"
const routeOf = (method: Method, path: string) =>
  publicRoute({
    method,
    path,
    summary: "",
    replies: {},
    run: () => Promise.reject(new Error("never run")),
  })
const list = routeOf("GET", "/v1/things")
const create = routeOf("POST", "/v1/things")
const part = routeOf("GET", "/v1/things/{id}/parts/{part_id}")
const fixed = routeOf("GET", "/v1/things/all")
const match = createMatcher([list, create, part, fixed])

test("matches method and path, HEAD as GET", () => {
  expect(match("POST", "/v1/things")).toMatchObject({ kind: "found", route: create })
  expect(match("HEAD", "/v1/things")).toMatchObject({ kind: "found", route: list })
  expect(match("GET", "/v1/things/all")).toMatchObject({ kind: "found", route: fixed })
})

test("ids are canonicalised, so upper case names the same object", () => {
  expect(match("GET", `/v1/things/${id.toUpperCase()}/parts/${id}`)).toEqual({
    kind: "found",
    route: part,
    params: { id, part_id: id },
  })
})

test("a wrong method lists the supported ones", () => {
  expect(match("DELETE", "/v1/things")).toEqual({
    kind: "wrong_method",
    allow: "GET, POST, HEAD, OPTIONS",
  })
})

test.each([
  "/v1/things/",
  "//v1/things",
  "/v1/THINGS",
  "/v1/things/1/parts/2",
  `/v1/things/${id}/parts`,
  `/v1/things/${id}/parts/${id}/`,
  `/v1/things/{${id}}/parts/${id}`,
  `/v1/things/%2e%2e/parts/${id}`,
  `/v1/things/${id}%00/parts/${id}`,
  "/v1",
  "",
])("%j matches no route", (path) => {
  expect(match("GET", path)).toEqual({ kind: "not_found" })
})

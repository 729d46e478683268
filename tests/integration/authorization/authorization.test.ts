import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"

import type { Route } from "#lib/http/route.ts"
import { routes } from "#lib/http/routes.ts"
import { scopes } from "#lib/protocol/scopes.ts"

import {
  client,
  startHandMadeProvider,
  type HandMadeProvider,
} from "../../support/hand-made-provider.ts"
import { call } from "../../support/http.ts"
import { addPerson } from "../../support/people.ts"
import { waitFor } from "../../support/wait-for.ts"
import { createWorld, type World } from "../../support/world.ts"
import { checkMemberTokens, checkRow, countChecks, createCast, type Cast } from "./check-row.ts"
import { readMatrix } from "./matrix.ts"

const matrix = readMatrix()

let world: World
let cast: Cast
let provider: HandMadeProvider

beforeAll(async () => {
  provider = await startHandMadeProvider()
  world = await createWorld({
    env: {
      STUDIO_OIDC_ISSUER: provider.issuer,
      STUDIO_OIDC_CLIENT_ID: client.id,
      STUDIO_OIDC_CLIENT_SECRET: client.secret,
    },
  })
  cast = await createCast(world)
})

afterAll(async () => {
  await world?.close()
  await provider?.close()
})

test.each(matrix.map((row) => [row.endpoint, row] as const))("%s", async (_endpoint, row) => {
  expect(await checkRow(world, cast, row)).toEqual([])
})

test("the table covers every endpoint completely", () => {
  const listed = routes.map((route) => `${route.method} ${route.path}`)
  expect(matrix.map((row) => row.endpoint).toSorted()).toEqual(listed.toSorted())
  for (const row of matrix) {
    const least = row.caller === "own_page" ? 8 : 75
    expect(countChecks(world, cast, row)).toBeGreaterThanOrEqual(least)
  }
})

test("a person demoted in another process loses admin rights from the next request on", async () => {
  const { studio, ours, url } = world
  const boss = await addPerson(studio.db, ours.id, { name: "Boss", role: "admin" })
  const ask = (path: string) => call(url, "GET", path, { token: boss.token })
  const list = "/v1/api/conversations?view=admin"
  expect((await ask("/v1/admin/budget")).status).toBe(200)
  expect((await ask(list)).json["viewing_as"]).toBe("admin")
  await studio.db.$client`update users set role = 'member' where id = ${boss.userId}`
  const [listed, budget] = await Promise.all([ask(list), ask("/v1/admin/budget")])
  expect(listed.json["viewing_as"]).toBe("participant")
  expect(budget.status).toBe(403)
})

test("no request that starts after a demotion has admin rights", async () => {
  const { studio, ours, url } = world
  const boss = await addPerson(studio.db, ours.id, { name: "Boss for a while", role: "admin" })
  const seen: { startedMs: number; status: number }[] = []
  const isEnough = () => seen.length >= 300
  const ask = async () => {
    while (!isEnough()) {
      const startedMs = performance.now()
      const { status } = await call(url, "GET", "/v1/admin/budget", { token: boss.token })
      seen.push({ startedMs, status })
    }
  }
  const asking = Array.from({ length: 20 }, () => ask())
  await waitFor(() => seen.length >= 100)
  await studio.db.$client`update users set role = 'member' where id = ${boss.userId}`
  const demotedMs = performance.now()
  await Promise.all(asking)
  const after = seen.filter(({ startedMs }) => startedMs > demotedMs)
  expect(seen.some(({ status }) => status === 200)).toBe(true)
  expect(after.length).toBeGreaterThan(100)
  expect(new Set(after.map(({ status }) => status))).toEqual(new Set([403]))
})

/** The test of the test: the checker must detect each of these holes. */
describe("the checker finds an endpoint", () => {
  let restore = () => {}
  afterEach(() => restore())

  const change = (route: Route, changes: Partial<Route>) => {
    const before = { ...route }
    restore = () => void Object.assign(route, before)
    Object.assign(route, changes)
  }
  const faultsOf = async (route: Route) => {
    const row = matrix.find(({ endpoint }) => endpoint === `${route.method} ${route.path}`)
    return row === undefined ? [] : await checkMemberTokens(world, cast, row)
  }
  const scoped = routes
    .filter((route) => route.scope !== null)
    .map((route) => [`${route.method} ${route.path}`, route] as const)

  test("that omits its session requirement", async () => {
    const route = routes.find(({ path }) => path === "/v1/api/me/sessions")
    if (route === undefined) throw new Error("no such route")
    change(route, { caller: "credential" })
    expect((await faultsOf(route)).length).toBeGreaterThanOrEqual(14)
  })

  test("that omits its own-page requirement", async () => {
    const row = matrix.find(({ endpoint }) => endpoint.endsWith("/api/auth/single-sign-on"))
    const route = routes.find(({ path }) => path === "/api/auth/single-sign-on")
    if (route === undefined || row === undefined) throw new Error("no such route")
    change(route, { caller: "anyone" })
    expect(await checkRow(world, cast, row)).toHaveLength(8)
  })

  test.each(scoped)("that omits its scope: %s", async (_name, route) => {
    change(route, { scope: null })
    expect((await faultsOf(route)).length).toBeGreaterThanOrEqual(11)
  })

  test.each(scoped)("that checks its neighbour's scope: %s", async (_name, route) => {
    const place = scopes.findIndex((scope) => scope === route.scope)
    const neighbour = scopes[(place + 1) % scopes.length]
    change(route, { scope: neighbour ?? null })
    expect((await faultsOf(route)).length).toBeGreaterThanOrEqual(2)
  })
})

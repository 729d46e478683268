import { afterAll, beforeAll, expect, inject, test } from "vitest"

import type { OpenApiDocument } from "#lib/http/openapi-document.ts"

import { call } from "../../../support/http.ts"
import { createWorld, type World } from "../../../support/world.ts"

const inFlightMax = 8
const uuid = "0190a000-0000-7000-8000-000000000000"

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(async () => await world?.close())

/** As written in an address. */
const numbers = [
  "0",
  "-1",
  "01",
  "1e3",
  "1e99",
  "1.5",
  "0x10",
  "NaN",
  "Infinity",
  "-0",
  "+1",
  "%D9%A1",
  "2147483648",
  "999999999999999",
  "-999999999999999",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775809",
  "9".repeat(400),
]
const times = [
  "0000-01-01",
  "0001-01-01",
  "9999-12-31",
  "10000-01-01",
  "2026-02-30",
  "-000001-01-01",
  "%2B275760-09-13",
  "0001-01-01T00:00:00%2B23:59",
  "9999-12-31T23:59:59-23:59",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999999999Z",
  "2026-12-31T23:59:60Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00%2B99:99",
  "-271821-04-20T00:00:00Z",
  "infinity",
  "now",
  "epoch",
  "today",
]
const texts = [
  "",
  "%20",
  "%00",
  "a%00b",
  "%ED%A0%80",
  "%ff",
  "%",
  "%25",
  "_",
  "%5C",
  "%27%3B--",
  "%22",
  "null",
  "true",
  "[]",
  "{}",
  "__proto__",
  "constructor",
  "(a",
  "a%3A*",
  "!%26|<->",
  "..%2F",
  uuid,
  uuid.replaceAll("-", ""),
  "00000000-0000-0000-0000-000000000000",
  "admin",
  "all",
  "%E2%80%AE",
  "%EF%BB%BF",
  "%F0%9F%8F%9D%EF%B8%8F",
  "a".repeat(5_000),
  "a+".repeat(2_000),
  `${uuid}:1`,
  `${uuid}:999999999999999999`,
  `${uuid}:-1,${uuid}:1`,
  `${uuid}:%00`,
]

/** Forged positions in the format of every cursor. */
function cursors(): string[] {
  const moments = [0, -1, 1.5, 8.64e15, -8.64e15, 8.65e15, 253_402_300_800_000, -62_135_596_800_001]
  const keys = [...moments, 1e308, Number.MAX_SAFE_INTEGER, null, "", "\0", "\ud800", "a", [], {}]
  const lists = ["recent", "oldest", "title", "nothing"].flatMap((sort) =>
    keys.map((key) => [sort, key, uuid]),
  )
  const hits = keys.flatMap((key) => [
    [key, uuid, 0],
    [0, uuid, key],
    [key, "x", 0],
    [key, uuid, Number.MAX_SAFE_INTEGER],
  ])
  return [...lists, ...hits, ...keys.map((key) => [key, uuid]), [], {}, null, "a", [[[]]]].map(
    (value) => Buffer.from(JSON.stringify(value)).toString("base64url"),
  )
}

interface Hostile {
  path: string
  query: string
}

/** Every query parameter of every GET: with each of these, repeated, and as a list. */
function everyQuery(document: OpenApiDocument, ids: Record<string, string>): Hostile[] {
  const values = [...numbers, ...times, ...texts]
  return Object.entries(document.paths).flatMap(([template, { get }]) => {
    const path = template.replace(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? uuid)
    const parameters = (get?.parameters ?? []).filter((one) => one.in === "query")
    return parameters.flatMap(({ name }) => [
      ...values.map((value) => ({ path, query: `${name}=${value}` })),
      ...(name === "cursor"
        ? cursors().map((value) => ({ path, query: cursorIn(path, value) }))
        : []),
      { path, query: `${name}=1&${name}=2` },
      { path, query: `${name}[]=1&${name}[x]=1` },
    ])
  })
}

/** A search without words, or a list in another order, would ignore the cursor. */
function cursorIn(path: string, cursor: string): string {
  const sort = /^\["(oldest|title)"/.exec(Buffer.from(cursor, "base64url").toString())?.[1]
  const asked = path.endsWith("/search") ? "q=hello&" : sort === undefined ? "" : `sort=${sort}&`
  return `${asked}cursor=${cursor}`
}

test("no query parameter of any GET causes a 500", { timeout: 240_000 }, async () => {
  const { owner } = world.ours
  const { conversationId, attachmentId } = await world.attachmentOf(owner)
  const queries = everyQuery(inject("openApi"), { id: conversationId, attachment_id: attachmentId })
  expect(queries.length).toBeGreaterThan(2_000)
  const seen = new Map<number, number>()
  const faults: string[] = []
  const ask = async ({ path, query }: Hostile) => {
    // HEAD runs the whole handler; a stream would not end.
    const method = path.endsWith("/stream") ? "HEAD" : "GET"
    const address = `${path}?${query}`
    try {
      const answer = await call(world.url, method, address, { token: owner.token })
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1)
      if (answer.status >= 500) faults.push(`${answer.status} ${address.slice(0, 200)}`)
    } catch (cause) {
      // A truncated file, or a response that openapi.json does not describe.
      faults.push(`${String(cause)} ${address.slice(0, 200)}`)
    }
  }
  const waiting = queries.values()
  const work = async () => {
    for (const query of waiting) await ask(query)
  }
  await Promise.all(Array.from({ length: inFlightMax }, work))
  expect(faults).toEqual([])
  // It covered both valid and invalid requests.
  expect([...seen.keys()].toSorted((a, b) => a - b)).toEqual([200, 400])
})

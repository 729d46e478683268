import { Agent, request as httpRequest } from "node:http"

import type { Database } from "#db/client.ts"
import type { Role } from "#lib/protocol/people.ts"
import { legacyTiers, scopes } from "#lib/protocol/scopes.ts"

import { addPerson, addToken, type TestPerson } from "../../support/people.ts"
import { signIn } from "../../support/studio-server.ts"
import type { World } from "../../support/world.ts"
import {
  allowed,
  cellOfNobody,
  cellOfSession,
  cellOfToken,
  scopeLists,
  type Cell,
  type Row,
} from "./matrix.ts"
import { requests, type AnyRequest } from "./requests.ts"

/** The principals of the table, with their credentials. */
export interface Cast {
  memberTokens: string[]
  adminTokens: string[]
  cookies: { member: string; admin: string; owner: string }
  adminWithoutScope: string
  foreignOwner: string
  /** Formerly valid: expired, revoked, of a disabled person. */
  deadTokens: string[]
}

export async function createCast({ studio, runtime, ours, theirs }: World): Promise<Cast> {
  const { db } = studio
  const tokensOf = (person: TestPerson) =>
    Promise.all(scopeLists.map((list) => addToken(db, person, { scopes: [...list] })))
  return {
    memberTokens: await tokensOf(ours.member),
    adminTokens: await tokensOf(ours.admin),
    cookies: {
      member: await signIn(runtime, ours.member),
      admin: await signIn(runtime, ours.admin),
      owner: await signIn(runtime, ours.owner),
    },
    adminWithoutScope: await addToken(db, ours.admin, { scopes: ["user"] }),
    foreignOwner: await addToken(db, theirs.owner, { scopes: [...legacyTiers, ...scopes] }),
    deadTokens: await createDeadTokens(db, ours),
  }
}

async function createDeadTokens(db: Database, ours: World["ours"]): Promise<string[]> {
  const all = [...legacyTiers, ...scopes]
  const disabled = await addPerson(db, ours.id, { name: "Gone", role: "admin", scopes: all })
  await db.$client`update users set disabled_at = now() where id = ${disabled.userId}`
  return [
    await addToken(db, ours.admin, { scopes: all, expiresInSeconds: -1 }),
    await addToken(db, ours.admin, { scopes: all, isRevoked: true }),
    disabled.token,
  ]
}

/** One request that a cell of the table describes. */
interface Check {
  who: string
  expected: Cell
  owner: TestPerson
  headers: Record<string, string>
  query?: string
}

/** Sends every request of a row. @returns one line per deviation from the row */
export async function checkRow(world: World, cast: Cast, row: Row): Promise<string[]> {
  return await runChecks(world, row, checksOf(world, cast, row))
}

/** Sends only the requests of a member's fifteen tokens. */
export async function checkMemberTokens(world: World, cast: Cast, row: Row): Promise<string[]> {
  const holder = { person: world.ours.member, role: "member", tokens: cast.memberTokens } as const
  return await runChecks(world, row, tokenChecks(row, holder))
}

async function runChecks(world: World, row: Row, queue: Check[]): Promise<string[]> {
  const faults: string[] = []
  const arranged = new Map<TestPerson, Promise<AnyRequest>>()
  const work = async () => {
    for (let check = queue.pop(); check !== undefined; check = queue.pop()) {
      const fault = await runCheck(world, row, check, arranged)
      if (fault !== null) faults.push(fault)
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  return faults
}

/** The number of requests in a row. */
export function countChecks(world: World, cast: Cast, row: Row): number {
  return checksOf(world, cast, row).length
}

function checksOf(world: World, cast: Cast, row: Row): Check[] {
  const { ours } = world
  const member = { person: ours.member, role: "member", tokens: cast.memberTokens } as const
  const admin = { person: ours.admin, role: "admin", tokens: cast.adminTokens } as const
  const checks =
    row.caller === "own_page"
      ? pageChecks(world, cast, row)
      : [
          ...nobodyChecks(world, cast, row),
          ...tokenChecks(row, member),
          ...tokenChecks(row, admin),
          ...tokenChecks(row, member, cast.cookies.owner),
          ...tokenChecks(row, admin, cast.cookies.member),
          ...sessionChecks(world, cast, row),
          ...crossSiteChecks(world, cast, row),
          ...anothersChecks(world, cast, row),
        ]
  return checks.filter((check) => check.expected !== ".")
}

/** No session cookie comes from our own page here: signing in or out would end the session. */
function pageChecks({ ours, url }: World, cast: Cast, row: Row): Check[] {
  const own = { "sec-fetch-site": "same-origin" }
  const good = bearer(ours.admin.token)
  const dead = bearer(cast.deadTokens[0] ?? "")
  const cookie = cast.cookies.owner
  const senders: [string, Cell, Record<string, string>][] = [
    ["our own page", allowed(row), own],
    ["our own page by its origin", allowed(row), { origin: url }],
    ["our own page with a token", allowed(row), { ...own, ...good }],
    ["our own page with a dead token", allowed(row), { ...own, ...dead }],
    ["our own page with a forged cookie", allowed(row), { ...own, cookie: "studio_session=a.b" }],
    ["no page", "x", {}],
    ["no page, with a token", "x", good],
    ["no page, with the owner's session", "x", { cookie }],
    ["the address bar", "x", { "sec-fetch-site": "none", cookie }],
    ["another site", "x", { "sec-fetch-site": "cross-site", cookie }],
    ["a site beside ours", "x", { "sec-fetch-site": "same-site", cookie }],
    ["another origin", "x", { origin: "https://evil.test", cookie }],
    ["another origin that says it is ours", "x", { ...own, origin: "https://evil.test" }],
  ]
  return senders.map(([who, expected, headers]) => ({ who, expected, owner: ours.admin, headers }))
}

function nobodyChecks({ ours }: World, cast: Cast, row: Row): Check[] {
  const good = ours.admin.token
  const expected = cellOfNobody(row)
  const credentials: [string, Record<string, string>, string?][] = [
    ["nobody", {}],
    ...cast.deadTokens.map((token): [string, Record<string, string>] => [
      "a dead token",
      bearer(token),
    ]),
    ["x-api-key", { "x-api-key": good }],
    ["Basic", { authorization: `Basic ${btoa(`${good}:`)}` }],
    ["a forged cookie", { cookie: `studio_session=${good}` }],
    ["a token in the URL beside a good header", bearer(good), `token=${good}`],
    ["a bad bearer beside a good cookie", { ...bearer("nonsense"), cookie: cast.cookies.owner }],
    [
      "Basic beside a good cookie",
      { authorization: `Basic ${btoa("ann:x")}`, cookie: cast.cookies.owner },
    ],
    ["two session cookies", { cookie: `${cast.cookies.owner}; ${cast.cookies.admin}` }],
  ]
  return credentials.map(([who, headers, query]) => ({
    who,
    expected,
    owner: ours.admin,
    headers: { "sec-fetch-site": "same-origin", ...headers },
    ...(query === undefined ? {} : { query }),
  }))
}

interface Holder {
  person: TestPerson
  role: Role
  /** One per entry of `scopeLists`. */
  tokens: readonly string[]
}

/** @param cookie of another person, sent beside the token */
function tokenChecks(row: Row, { person, role, tokens }: Holder, cookie?: string): Check[] {
  const beside = cookie === undefined ? {} : { cookie, "sec-fetch-site": "same-origin" }
  return tokens.map((token, at) => {
    const granted = scopeLists[at] ?? []
    return {
      who: `${person.name} with the scopes [${granted.join(" ")}]${cookie === undefined ? "" : " beside a cookie"}`,
      expected: cellOfToken(row, role, granted),
      owner: person,
      headers: { ...bearer(token), ...beside },
    }
  })
}

function sessionChecks({ ours }: World, { cookies }: Cast, row: Row): Check[] {
  const people = [
    [ours.member, "member", cookies.member],
    [ours.admin, "admin", cookies.admin],
    [ours.owner, "owner", cookies.owner],
  ] as const
  return people.map(([owner, role, cookie]) => ({
    who: `${owner.name}'s session`,
    expected: cellOfSession(row, role),
    owner,
    headers: { cookie, "sec-fetch-site": "same-origin" },
  }))
}

/** Cross-site requests that carry the cookie. */
function crossSiteChecks({ ours }: World, { cookies }: Cast, row: Row): Check[] {
  return ["cross-site", "same-site"].map((site) => ({
    who: `the owner's session, ${site}`,
    expected: row.caller === "anyone" ? "y" : "x",
    owner: ours.owner,
    headers: { cookie: cookies.owner, "sec-fetch-site": site },
  }))
}

function anothersChecks({ ours }: World, cast: Cast, row: Row): Check[] {
  const callers: [string, string, string?][] = [
    ["a colleague", ours.colleague.token],
    ["an admin", ours.admin.token],
    ["an admin with view=admin", ours.admin.token, "view=admin"],
    ["an admin without the scope, view=admin", cast.adminWithoutScope, "view=admin"],
    ["another tenant's owner, view=admin", cast.foreignOwner, "view=admin"],
  ]
  return callers.map(([who, token, query], at) => ({
    who: `${who}, about another's`,
    expected: row.another[at] ?? ".",
    owner: ours.member,
    headers: bearer(token),
    ...(query === undefined ? {} : { query }),
  }))
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

async function runCheck(
  world: World,
  row: Row,
  check: Check,
  arranged: Map<TestPerson, Promise<AnyRequest>>,
): Promise<string | null> {
  const [method = ""] = row.endpoint.split(" ")
  const request = await arrangeFor(world, row, check, arranged)
  const answer = await send(world.url, method, request, check)
  const expected = answerOf(check.expected, row)
  const isRight =
    answer.status === expected.status &&
    (expected.body === undefined || expected.body.test(answer.text))
  if (isRight) return null
  const got = `${answer.status} ${answer.text.slice(0, 120)}`
  return `${row.endpoint} by ${check.who}: expected ${expected.status}, got ${got}`
}

/** Refusals change nothing, so they share a fixture; successes may consume theirs. */
async function arrangeFor(
  world: World,
  row: Row,
  { owner, expected }: Check,
  arranged: Map<TestPerson, Promise<AnyRequest>>,
): Promise<AnyRequest> {
  const arrange = requests.get(row.endpoint)
  if (arrange === undefined) throw new Error(`${row.endpoint}: no request is known`)
  if (expected === "y") return await arrange(world, owner)
  const known = arranged.get(owner) ?? Promise.resolve(arrange(world, owner))
  arranged.set(owner, known)
  return await known
}

function answerOf(cell: Cell, row: Row): { status: number; body?: RegExp } {
  switch (cell) {
    case "u":
      return { status: 401, body: /^\{"error":"[^"]+","code":"unauthorized"\}$/ }
    case "s":
      return { status: 403, body: /^\{"error":"[^"]+","code":"missing_scope"\}$/ }
    case "c":
      return { status: 403, body: /^\{"error":"[^"]+","code":"session_required"\}$/ }
    case "o":
      return { status: 403, body: /^\{"error":"[^"]+","code":"owner_required"\}$/ }
    case "x":
      return { status: 403, body: /^\{"error":"[^"]+","code":"cross_site"\}$/ }
    case "n":
      return { status: 404, body: /^\{"error":"Not found\.","code":"not_found"\}$/ }
    case "y":
    case ".":
      return { status: row.okStatus }
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 })

/** A stream counts as answered once its headers arrive. */
function send(
  url: string,
  method: string,
  { path, json }: AnyRequest,
  { headers, query }: Pick<Check, "headers" | "query">,
): Promise<{ status: number; text: string }> {
  const address = new URL(path, url)
  for (const [name, value] of new URLSearchParams(query)) address.searchParams.append(name, value)
  const type = json === undefined ? {} : { "content-type": "application/json" }
  return new Promise((resolve) => {
    const request = httpRequest(address, { method, agent, headers: { ...type, ...headers } })
    // A dropped response has status 0, which no cell of the table allows.
    request.once("error", (error) => resolve({ status: 0, text: error.message }))
    request.once("response", (response) => {
      const status = response.statusCode ?? 0
      if (response.headers["content-type"]?.startsWith("text/event-stream")) {
        resolve({ status, text: "" })
        response.destroy()
        return
      }
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.once("end", () => resolve({ status, text: Buffer.concat(chunks).toString() }))
      response.once("error", (error) => resolve({ status: 0, text: error.message }))
    })
    request.end(json === undefined ? undefined : JSON.stringify(json))
  })
}

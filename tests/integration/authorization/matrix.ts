import { readFileSync } from "node:fs"

import type { Caller } from "#lib/http/route.ts"
import type { Role } from "#lib/protocol/people.ts"
import { isScope, legacyTiers, scopes, type Scope } from "#lib/protocol/scopes.ts"

/**
 * The outcome for one caller: allowed; 401; 403 `missing_scope`, `session_required`,
 * `owner_required`, `cross_site`; 404; not requested.
 * @see docs/authorization.md#how-to-read-it
 */
export type Cell = "y" | "u" | "s" | "c" | "o" | "x" | "n" | "."

export interface Row {
  /** `GET /v1/api/conversations/{id}` */
  endpoint: string
  okStatus: number
  /** False when a success would remove the people of the test. */
  isTried: boolean
  caller: Caller
  scope: Scope | null
  /** The required scope is that of the token being minted or revoked. */
  isGranted: boolean
  /** The lowest permitted role; null when no credential is required. */
  role: Role | null
  another: Cell[]
}

const page = new URL("../../../docs/authorization.md", import.meta.url)
const form =
  /^\| `([A-Z]+ \/\S*)` \| (\d{3})( untried)? \| ([a-z ]+) \| (?:`(\S+)`( granted)?|none) \| (\w+) \| ([yscn.]{5}) \|$/
const callers: Readonly<Record<string, Caller>> = {
  any: "credential",
  session: "session",
  "own page": "own_page",
  anyone: "anyone",
}
const roleNames: Readonly<Record<string, Role | null>> = {
  none: null,
  member: "member",
  admin: "admin",
  owner: "owner",
}

/**
 * Reads the table of docs/authorization.md.
 * @throws Error that names a malformed row or an unknown scope
 */
export function readMatrix(): Row[] {
  const [, table = ""] = readFileSync(page, "utf8").split("\n## The table\n")
  const lines = table.trim().split("\n").slice(2)
  return lines.map((line) => parseRow(line))
}

function parseRow(line: string): Row {
  const [
    ,
    endpoint = "",
    okStatus,
    untried,
    callerName = "",
    scope,
    granted,
    roleName = "",
    another = "",
  ] = form.exec(line) ?? []
  const caller = callers[callerName]
  const role = roleNames[roleName]
  if (caller === undefined || role === undefined) {
    throw new Error(`docs/authorization.md: this row is not like the others:\n${line}`)
  }
  if (scope !== undefined && !isScope(scope)) {
    throw new Error(`docs/authorization.md: ${endpoint} names ${scope}, which is no scope.`)
  }
  return {
    endpoint,
    okStatus: Number(okStatus),
    isTried: untried === undefined,
    caller,
    scope: scope ?? null,
    isGranted: granted !== undefined,
    role,
    another: another.split("") as Cell[],
  }
}

/** The scopes of the tokens that each role has in the test. */
export const scopeLists: readonly (readonly string[])[] = [
  [],
  ...scopes.map((scope) => [scope]),
  [legacyTiers[0]],
  [...legacyTiers, ...scopes],
]

/** The outcome without a valid credential. */
export function cellOfNobody(row: Row): Cell {
  return row.caller === "anyone" ? allowed(row) : "u"
}

/** The outcome for a token of a person with that role, on their own objects. */
export function cellOfToken(row: Row, role: Role, granted: readonly string[]): Cell {
  if (row.caller === "anyone") return allowed(row)
  if (row.scope !== null && !holds(role, granted, row.scope)) return "s"
  if (row.caller === "session") return "c"
  return cellOfRole(row, role)
}

/** The outcome for a session of a person with that role, on their own objects. */
export function cellOfSession(row: Row, role: Role): Cell {
  if (row.caller === "anyone") return allowed(row)
  return row.scope === "admin" && role === "member" ? "s" : cellOfRole(row, role)
}

function holds(role: Role, granted: readonly string[], scope: Scope): boolean {
  if (scope === "admin") return role !== "member" && granted.includes("admin")
  return (
    granted.includes(scope) || granted.some((name) => legacyTiers.some((tier) => tier === name))
  )
}

function cellOfRole(row: Row, role: Role): Cell {
  return row.role === "owner" && role !== "owner" ? "o" : allowed(row)
}

export function allowed(row: Row): Cell {
  return row.isTried ? "y" : "."
}

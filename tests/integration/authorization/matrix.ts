import { readFileSync } from "node:fs"

/**
 * What a cell promises; `x` is 403 `cross_site`, which holds of all rows and is in none.
 * @see docs/authorization.md#how-to-read-it
 */
export type Cell = "y" | "u" | "s" | "a" | "c" | "o" | "n" | "x" | "."

export interface Row {
  /** `GET /v1/api/conversations/{id}` */
  endpoint: string
  okStatus: number
  nobody: Cell
  /** In the order of `scopeLists`. */
  memberToken: Cell[]
  adminToken: Cell[]
  session: Cell[]
  another: Cell[]
}

const page = new URL("../../../docs/authorization.md", import.meta.url)
const row = /^\| `([A-Z]+ \/\S*)` \| (\d{3}) \| (.+) \|$/
const widths = [1, 15, 15, 3, 5]

/**
 * Reads the table of docs/authorization.md.
 * @throws Error that names a line which is no row
 */
export function readMatrix(): Row[] {
  const [, table = ""] = readFileSync(page, "utf8").split("\n## The table\n")
  const lines = table.trim().split("\n").slice(2)
  return lines.map((line) => parseRow(line))
}

function parseRow(line: string): Row {
  const [, endpoint = "", okStatus, rest = ""] = row.exec(line) ?? []
  const groups = rest.split(" | ").map((group) => group.replaceAll(" ", "").split(""))
  const isWhole =
    groups.length === widths.length && groups.every((cells, at) => cells.length === widths[at])
  if (!isWhole || !groups.every((cells) => cells.every(isCell))) {
    throw new Error(`docs/authorization.md: this row is not like the others:\n${line}`)
  }
  const [nobody, memberToken, adminToken, session, another] = groups as Cell[][]
  return {
    endpoint,
    okStatus: Number(okStatus),
    nobody: nobody?.[0] ?? ".",
    memberToken: memberToken ?? [],
    adminToken: adminToken ?? [],
    session: session ?? [],
    another: another ?? [],
  }
}

function isCell(text: string): text is Cell {
  return text.length === 1 && "yusacon.".includes(text)
}

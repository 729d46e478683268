import { betweenRows, conditionOnValue, findStatements, type Statement } from "./find-statements.ts"

/** A condition that restricts a statement to one tenant. */
export interface Predicate {
  statement: Statement
  /** Source text: `agents.tenant_id = ${tenantId}`. */
  text: string
  /** Line in the file. */
  line: number
  /** The statement without the condition: its pieces, and the index of the dropped value. */
  without: { pieces: readonly string[]; droppedValue: number | null }
}

const whatHolds = "true"

/** All such conditions in db/queries, ordered by file. */
export function findPredicates(): Predicate[] {
  const statements = findStatements()
  return statements.flatMap((statement) => [...ofValues(statement), ...ofRows(statement)])
}

function ofValues(statement: Statement): Predicate[] {
  const { pieces, values } = statement
  return values.flatMap((value, at) => {
    const piece = pieces[at] ?? ""
    const found = conditionOnValue(piece, value)
    if (found === null) return []
    const joined = piece.slice(0, found.index) + whatHolds + (pieces[at + 1] ?? "")
    return [
      {
        statement,
        text: `${found[0]}\${${value}}`,
        line: lineOf(statement, at, found.index),
        without: { pieces: pieces.toSpliced(at, 2, joined), droppedValue: at },
      },
    ]
  })
}

function ofRows(statement: Statement): Predicate[] {
  const { pieces } = statement
  return pieces.flatMap((piece, at) =>
    [...piece.matchAll(new RegExp(betweenRows, "g"))].map((found) => {
      const end = found.index + found[0].length
      const changed = piece.slice(0, found.index) + whatHolds + piece.slice(end)
      return {
        statement,
        text: found[0],
        line: lineOf(statement, at, found.index),
        without: { pieces: pieces.with(at, changed), droppedValue: null },
      }
    }),
  )
}

function lineOf(statement: Statement, piece: number, offset: number): number {
  const before = [
    ...statement.pieces.slice(0, piece),
    ...statement.values.slice(0, piece),
    (statement.pieces[piece] ?? "").slice(0, offset),
  ]
  return statement.line + before.join("").split("\n").length - 1
}

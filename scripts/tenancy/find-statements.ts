import { globSync, readFileSync } from "node:fs"

import ts from "typescript"

/** A statement in db/queries on tenant rows. */
export interface Found {
  file: string
  line: number
  /** The function or constant that contains it. */
  owner: string
  /** Tables with tenant rows that it reads or writes. */
  tables: readonly string[]
  namesTenant: boolean
}

/** An SQL template in db/queries: a statement or a fragment. */
export interface Statement extends Found {
  /** The SQL text between the values. */
  pieces: readonly string[]
  /** The source text of the values. */
  values: readonly string[]
}

/** Tables without tenant rows: installation facts, and attempts counted before authentication. */
const sharedTables = ["installation", "tries", "verifications"]
const sqlTag = /(?:^|\W)(?:sql|tx|\$client)$/
const named = /\btenantId\b|\btenant\.id\b/

/** All SQL templates in db/queries, ordered by file and line. */
export function findStatements(): Statement[] {
  const tables = findTables()
  const templates = globSync("db/queries/*.ts").toSorted().flatMap(findTemplates)
  const giving = findOwners(templates, givesTenant)
  const keeping = findOwners(templates, (parts, known) => keepsToTenant(parts, giving, known))
  return templates.map((template) => ({
    ...template,
    tables: tables.filter((table) => touches(template.pieces.join(" ? "), table)),
    namesTenant: keepsToTenant(template, giving, keeping),
  }))
}

/** Names of the tables with tenant rows. */
export function findTables(): string[] {
  const names = globSync("db/schema/*.ts").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/pgTable\(\s*"(\w+)"/g)].map(([, name]) => name ?? ""),
  )
  if (names.length === 0) throw new Error("No table was found in db/schema.")
  return names.filter((name) => !sharedTables.includes(name))
}

type Template = Omit<Statement, "tables" | "namesTenant">

function findTemplates(file: string): Template[] {
  const text = readFileSync(file, "utf8")
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const found: Template[] = []
  const visit = (node: ts.Node, owner: string): void => {
    if (ts.isTaggedTemplateExpression(node) && sqlTag.test(node.tag.getText())) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      found.push({ file, line, owner, ...partsOf(node) })
    }
    ts.forEachChild(node, (child) => visit(child, owner))
  }
  for (const statement of source.statements) visit(statement, nameOf(statement))
  return found
}

export function nameOf(statement: ts.Statement): string {
  if (ts.isFunctionDeclaration(statement)) return statement.name?.text ?? ""
  if (!ts.isVariableStatement(statement)) return ""
  return statement.declarationList.declarations[0]?.name.getText() ?? ""
}

type Parts = Pick<Statement, "pieces" | "values">

function partsOf({ template }: ts.TaggedTemplateExpression): Parts {
  if (ts.isNoSubstitutionTemplateLiteral(template)) return { pieces: [template.text], values: [] }
  return {
    pieces: [template.head.text, ...template.templateSpans.map((span) => span.literal.text)],
    values: template.templateSpans.map((span) => span.expression.getText()),
  }
}

function touches(text: string, table: string): boolean {
  return new RegExp(
    `\\b(?:from|join|into|update)\\s+(?:[\\w ]+,\\s*)*${table}\\b(?!\\.)`,
    "i",
  ).test(text)
}

/**
 * Functions with a template that satisfies the predicate, directly or through another such
 * function.
 */
function findOwners(
  templates: readonly Template[],
  holds: (parts: Parts, known: ReadonlySet<string>) => boolean,
): Set<string> {
  const owners = new Set<string>()
  for (;;) {
    const before = owners.size
    for (const template of templates) {
      if (template.owner !== "" && holds(template, owners)) owners.add(template.owner)
    }
    if (owners.size === before) return owners
  }
}

/** The tenant is one of its values. */
function givesTenant({ values }: Parts, giving: ReadonlySet<string>): boolean {
  return values.some((value) => named.test(value) || calls(value, giving))
}

/**
 * A tenant condition, a row inserted for the tenant, or a fragment with either: the statement is
 * restricted.
 */
function keepsToTenant(
  parts: Parts,
  giving: ReadonlySet<string>,
  keeping: ReadonlySet<string>,
): boolean {
  const { pieces, values } = parts
  if (values.some((value, at) => conditionOnValue(pieces[at] ?? "", value) !== null)) return true
  if (values.some((value) => calls(value, keeping))) return true
  const text = pieces.join(" ? ")
  const ties = betweenRows.test(text) || /^\s*insert into/.test(text)
  return ties && givesTenant(parts, giving)
}

function calls(value: string, functions: ReadonlySet<string>): boolean {
  return [...value.matchAll(/\b(\w+)\(/g)].some(([, name]) => functions.has(name ?? ""))
}

/** Matches the part of `… = ${tenantId}` at the end of the piece before the value. */
export function conditionOnValue(piece: string, value: string): RegExpExecArray | null {
  return /(?:^|\.)tenantId$/.test(value) ? /[\w.]+ = $/.exec(piece) : null
}

/** Joins two rows of one tenant. */
export const betweenRows = /\b(?:(?:\w+\.)?tenant_id|tenants\.id) = \w+\.tenant_id\b/

import { globSync, readFileSync } from "node:fs"

import ts from "typescript"

import { findTables, nameOf, type Found } from "./find-statements.ts"

/**
 * A call of db/in-tenant.ts in db/queries, which restricts a query-builder statement to one tenant.
 */
interface Condition {
  file: string
  line: number
  /** Source text: `inTenant(tokens, tenantId)`. */
  text: string
}

const conditionNames = ["inTenant", "isTenant", "sameTenant"]
const ofTables = ["from", "insert", "update", "delete", "innerJoin", "leftJoin"]

interface Place {
  file: string
  line: number
  owner: string
  node: ts.CallExpression
}

/** All query-builder statements in db/queries: call chains that begin with `query(…)`. */
export function findBuilt(): Found[] {
  const tables = new Set(findTables())
  const calls = findCalls()
  const keeping = new Set(calls.filter(isCondition).map(({ owner }) => owner))
  return calls.filter(beginsChain).map(({ file, line, owner, node }) => {
    const chain = chainOf(node)
    const places = globalNames(node.getSourceFile())
    const named = chain
      .filter(({ name }) => ofTables.includes(name))
      .map(({ first }) => places.get(first) ?? first)
    return {
      file,
      line,
      owner,
      tables: [...new Set(named.map(snakeCase))].filter((table) => tables.has(table)),
      namesTenant: chain.some((link) => keepsToTenant(link, keeping, owner)),
    }
  })
}

/** All tenant conditions of such statements. */
export function findConditions(): Condition[] {
  return findCalls()
    .filter(isCondition)
    .map(({ file, line, node }) => ({ file, line, text: node.getText() }))
}

function findCalls(): Place[] {
  return globSync("db/queries/*.ts")
    .toSorted()
    .flatMap((file) => {
      const source = ts.createSourceFile(
        file,
        readFileSync(file, "utf8"),
        ts.ScriptTarget.Latest,
        true,
      )
      const found: Place[] = []
      const visit = (node: ts.Node, owner: string): void => {
        if (ts.isCallExpression(node)) {
          const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
          found.push({ file, line, owner, node })
        }
        ts.forEachChild(node, (child) => visit(child, owner))
      }
      for (const statement of source.statements) visit(statement, nameOf(statement))
      return found
    })
}

function isCondition({ node }: Place): boolean {
  return conditionNames.includes(node.expression.getText())
}

function beginsChain({ file, line, node }: Place): boolean {
  if (node.expression.getText() !== "query") return false
  if (ts.isPropertyAccessExpression(node.parent)) return true
  throw new Error(`${file}:${line} keeps a query builder: what it is used for would not be seen.`)
}

interface Link {
  /** Name of the method. */
  name: string
  /** Its first argument. */
  first: string
  arguments: string
}

/** The chained method calls of a builder, in order. */
function chainOf(begin: ts.CallExpression): Link[] {
  const links: Link[] = []
  let node: ts.Node = begin
  while (ts.isPropertyAccessExpression(node.parent) && ts.isCallExpression(node.parent.parent)) {
    const call: ts.CallExpression = node.parent.parent
    links.push({
      name: node.parent.name.text,
      first: call.arguments[0]?.getText() ?? "",
      arguments: call.arguments.map((argument) => argument.getText()).join(", "),
    })
    node = call
  }
  return links
}

/** `const inviters = alias(users, "inviters")`: the table behind each alias. */
function globalNames(source: ts.SourceFile): ReadonlyMap<string, string> {
  const found = source.getFullText().matchAll(/const (\w+) = alias\(\s*(\w+),/g)
  return new Map([...found].map(([, name = "", table = ""]) => [name, table]))
}

/** A tenant condition in its filters, or a row inserted for the tenant. */
function keepsToTenant(link: Link, keeping: ReadonlySet<string>, owner: string): boolean {
  if (link.name === "values") return /\btenantId\b/.test(link.arguments)
  if (!["where", "innerJoin"].includes(link.name)) return false
  const called = [...link.arguments.matchAll(/\b(\w+)\(/g)].map(([, name]) => name ?? "")
  return called.some(
    (name) => conditionNames.includes(name) || (name !== owner && keeping.has(name)),
  )
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

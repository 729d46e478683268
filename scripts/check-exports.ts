import { globSync, readFileSync } from "node:fs"
import path from "node:path"

import ts from "typescript"

const files = globSync("{app,bench,components,db,e2e,lib,scripts,tests}/**/*.{ts,tsx,mjs}").concat(
  "server.ts",
  "drizzle.config.ts",
  "next.config.ts",
  "vitest.config.ts",
)
/** Files whose exports a framework reads by their names. */
const isConvention =
  /^(?:app\/|db\/schema\/|tests\/support\/(?:services|build-once)\.ts$|[\w-]+\.config\.ts$)/

interface Module {
  exports: string[]
  /** By file: the names imported from it; `*` when the import takes the module whole. */
  imports: Map<string, Set<string>>
  text: string
}

/** Fails on exports that no other file imports. */
function checkExports(): void {
  const modules = new Map(files.map((file) => [file, readModule(file)]))
  const used = new Set<string>()
  for (const { imports, text } of modules.values()) {
    for (const [target, names] of imports) {
      const taken = names.has("*") ? (modules.get(target)?.exports ?? []) : [...names]
      const isTaken = (name: string) => !names.has("*") || new RegExp(`\\b${name}\\b`).test(text)
      for (const name of taken) if (isTaken(name)) used.add(`${target} ${name}`)
    }
  }
  const unused = [...modules].flatMap(([file, { exports }]) =>
    isConvention.test(file)
      ? []
      : exports
          .filter((name) => !used.has(`${file} ${name}`))
          .map((name) => `${file}: no other file imports ${name}`),
  )
  for (const line of unused) console.error(line)
  if (used.size === 0) throw new Error("No import was found.")
  if (unused.length > 0) process.exit(1)
  console.log(`Exports: ${modules.size} files, each export is imported somewhere.`)
}

function readModule(file: string): Module {
  const text = readFileSync(file, "utf8")
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const imports = new Map<string, Set<string>>()
  const note = (specifier: ts.Node | undefined, names: string[]) => {
    const target = specifier === undefined ? null : resolve(file, specifier)
    if (target === null) return
    const known = imports.get(target) ?? new Set()
    imports.set(target, new Set([...known, ...names]))
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) note(node.moduleSpecifier, importedNames(node.importClause))
    else if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, ["*"])
    else if (isImportCall(node)) note(node.arguments[0], ["*"])
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      note(node.argument.literal, ["*"])
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { exports: source.statements.flatMap(exportedNames), imports, text }
}

function isImportCall(node: ts.Node): node is ts.CallExpression {
  if (!ts.isCallExpression(node)) return false
  return (
    node.expression.kind === ts.SyntaxKind.ImportKeyword ||
    node.expression.getText() === "vi.importActual"
  )
}

/** @returns the file of ours that a specifier names, or null */
function resolve(from: string, specifier: ts.Node): string | null {
  if (!ts.isStringLiteralLike(specifier)) return null
  const { text } = specifier
  if (text.startsWith("#")) return text.slice(1)
  return text.startsWith(".") ? path.join(path.dirname(from), text) : null
}

function importedNames(clause: ts.ImportClause | undefined): string[] {
  const bindings = clause?.namedBindings
  const named =
    bindings === undefined
      ? []
      : ts.isNamespaceImport(bindings)
        ? ["*"]
        : bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
  return clause?.name === undefined ? named : [...named, "default"]
}

function exportedNames(statement: ts.Statement): string[] {
  if (ts.isExportAssignment(statement)) return ["default"]
  const isExported =
    ts.canHaveModifiers(statement) &&
    ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  if (!isExported) return []
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  if (ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword))
    return ["default"]
  const { name } = statement as ts.DeclarationStatement
  return name === undefined ? [] : [name.getText()]
}

checkExports()

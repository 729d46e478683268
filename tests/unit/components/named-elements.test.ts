import { readFileSync, globSync } from "node:fs"

import ts from "typescript"
import { expect, test } from "vitest"

/** Elements with a generic role, or with one that prohibits a name (ARIA in HTML). */
const nameless = new Set(
  (
    "b bdi bdo blockquote cite code data del dfn div em figcaption i ins kbd label legend mark p pre q rp rt " +
    "ruby s samp small span strong sub summary sup time u var caption"
  ).split(" "),
)

test("only elements with a role have an accessible name, because others ignore it", () => {
  const files = globSync("{app,components}/**/*.tsx")
  expect(files.length).toBeGreaterThan(100)
  expect(files.flatMap((file) => faults(file, readFileSync(file, "utf8")))).toEqual([])
})

test("the check detects a violation", () => {
  const found = (source: string) => faults("a.tsx", source).length
  expect(found('const a = <pre aria-label="Code" tabIndex={0}>x</pre>')).toBe(1)
  expect(found('const a = <pre role="group" aria-label="Code">x</pre>')).toBe(0)
  expect(found('const a = <span aria-labelledby="b" />')).toBe(1)
  expect(found('const a = <section aria-label="Code" />')).toBe(0)
})

function faults(file: string, source: string): string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found: string[] = []
  const look = (node: ts.Node): void => {
    if (ts.isJsxOpeningElement(node) || ts.isJsxSelfClosingElement(node)) {
      const given = new Set(
        node.attributes.properties.map((property) => property.name?.getText(tree) ?? ""),
      )
      const isNamed = given.has("aria-label") || given.has("aria-labelledby")
      if (isNamed && !given.has("role") && nameless.has(node.tagName.getText(tree))) {
        const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree))
        found.push(`${file}:${line + 1} <${node.tagName.getText(tree)}>`)
      }
    }
    ts.forEachChild(node, look)
  }
  look(tree)
  return found
}

import MarkdownIt, { type Token } from "markdown-it"

import { inlineMath } from "./inline-math.ts"

export type ProseNode =
  | { type: "text"; text: string }
  | { type: "element"; token: Token; children: readonly ProseNode[] }

// HTML stays text; only addresses with a scheme become links.
const parser = new MarkdownIt({ html: false, linkify: true })
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false })
parser.use(inlineMath)

/** Parses markdown into a token tree. */
export function parseProse(source: string): readonly ProseNode[] {
  return nest(parser.parse(source, {}))
}

function nest(tokens: readonly Token[]): ProseNode[] {
  const roots: ProseNode[] = []
  const open: ProseNode[][] = [roots]
  for (const token of tokens) {
    const into = open.at(-1) ?? roots
    if (token.nesting === -1) {
      open.pop()
    } else if (token.type === "inline") {
      into.push(...nest(token.children ?? []))
    } else if (token.type === "text") {
      if (token.content !== "") into.push({ type: "text", text: token.content })
    } else {
      const children: ProseNode[] = token.type === "image" ? nest(token.children ?? []) : []
      // Tight list items have no paragraph element.
      if (token.hidden) open.push(into)
      else into.push({ type: "element", token, children })
      if (token.nesting === 1 && !token.hidden) open.push(children)
    }
  }
  return roots
}

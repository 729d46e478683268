import type { Token } from "markdown-it"
import { createElement, Fragment, type ReactNode } from "react"

import { BlockedImage } from "./blocked-image.tsx"
import { CodeBlock } from "./code-block.tsx"
import { Diagram } from "./diagram.tsx"
import { Math } from "./math.tsx"
import { parseProse, type ProseNode } from "./parse-prose.ts"
import { SafeLink } from "./safe-link.tsx"

/** No legitimate paragraph or list is this long; the limit prevents a blocked main thread. */
const charactersMax = 30_000

/** Renders markdown without code blocks or displayed math. */
export function Prose({ source }: { source: string }) {
  if (source.length > charactersMax) return <p className="whitespace-pre-wrap">{source}</p>
  return <>{all(parseProse(source))}</>
}

function all(nodes: readonly ProseNode[]): ReactNode[] {
  // Nodes of a text have no identity other than their position.
  return nodes.map((node, index) => <Fragment key={index}>{one(node)}</Fragment>)
}

/** Allowlist: other elements and attributes never reach the page. */
const plain: Readonly<Record<string, string>> = {
  paragraph_open: "p",
  blockquote_open: "blockquote",
  bullet_list_open: "ul",
  thead_open: "thead",
  tbody_open: "tbody",
  tr_open: "tr",
  strong_open: "strong",
  em_open: "em",
  s_open: "del",
}

function one(node: ProseNode): ReactNode {
  if (node.type === "text") return node.text
  const { token, children } = node
  const name = plain[token.type]
  if (name !== undefined) return createElement(name, null, ...all(children))
  switch (token.type) {
    case "heading_open":
      // Headings of an answer start below the page's own h1.
      return createElement(
        token.tag === "h1" ? "h2" : (headings[token.tag] ?? "h6"),
        null,
        ...all(children),
      )
    case "ordered_list_open":
      return <ol start={Number(token.attrGet("start") ?? 1)}>{all(children)}</ol>
    case "list_item_open":
      return <Item nodes={children} />
    case "table_open":
      return (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- wide tables scroll inside themselves
        <section className="overflow-x-auto" tabIndex={0} aria-label="Table">
          <table>{all(children)}</table>
        </section>
      )
    case "th_open":
      return <th className={alignOf(token)}>{all(children)}</th>
    case "td_open":
      return <td className={alignOf(token)}>{all(children)}</td>
    case "link_open":
      return <SafeLink href={token.attrGet("href") ?? undefined}>{all(children)}</SafeLink>
    default:
      return leaf(token, children)
  }
}

const headings: Readonly<Record<string, string>> = { h2: "h2", h3: "h3", h4: "h4", h5: "h5" }

function leaf(token: Token, children: readonly ProseNode[]): ReactNode {
  switch (token.type) {
    case "hr":
      return <hr />
    case "softbreak":
      return "\n"
    case "hardbreak":
      return <br />
    case "code_inline":
      return <code>{token.content}</code>
    case "fence":
    case "code_block":
      return <Code code={token.content.replace(/\n$/, "")} info={token.info} />
    case "image":
      return <BlockedImage src={token.attrGet("src") ?? ""} alt={textOf(children)} />
    case "math":
      return <Math tex={token.content} isDisplay={token.meta.isDisplay === true} isClosed />
    default:
      return token.content
  }
}

function Code({ code, info }: { code: string; info: string }) {
  const language = info.trim().split(/[\s{]/, 1)[0] ?? ""
  if (language.toLowerCase() === "mermaid") return <Diagram source={code} />
  return <CodeBlock code={code} language={language} isClosed />
}

/** `[ ]` and `[x]` at the start of an item become a checkbox. */
function Item({ nodes }: { nodes: readonly ProseNode[] }) {
  const [first, ...rest] = nodes
  const box = first?.type === "text" ? /^\[([ xX])\] /.exec(first.text) : null
  if (box === null || first?.type !== "text") return <li>{all(nodes)}</li>
  return (
    <li>
      <input type="checkbox" disabled checked={box[1] !== " "} readOnly aria-label="Task" />
      {all([{ type: "text", text: first.text.slice(4) }, ...rest])}
    </li>
  )
}

function alignOf(token: Token): string | undefined {
  const style = token.attrGet("style") ?? ""
  if (style.includes("right")) return "text-right"
  return style.includes("center") ? "text-center" : undefined
}

function textOf(nodes: readonly ProseNode[]): string {
  return nodes
    .map((node) => (node.type === "text" ? node.text : node.token.content + textOf(node.children)))
    .join("")
}

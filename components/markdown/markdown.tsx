"use client"

import { memo } from "react"

import { visibleText } from "#lib/transcript/visible-text.ts"

import { CodeBlock } from "./code-block.tsx"
import { Diagram } from "./diagram.tsx"
import { holdBack } from "./hold-back.ts"
import { Math } from "./math.tsx"
import { Prose } from "./prose.tsx"
import { splitBlocks, type MarkdownBlock } from "./split-blocks.ts"

interface MarkdownProps {
  text: string
  /** The text is still streaming. */
  isLive: boolean
}

/** Renders streaming markdown without raw HTML and without requests to other hosts. */
export const Markdown = memo(function Markdown({ text, isLive }: MarkdownProps) {
  const blocks = splitBlocks(visibleText(text))
  const definitions = linkDefinitions(text)
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        <Block
          // Blocks are append-only, so the index is a stable key.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          {...shown(block, definitions, isLive && index === blocks.length - 1)}
        />
      ))}
    </div>
  )
})

type BlockProps =
  | { kind: "prose"; source: string }
  | { kind: "code"; code: string; language: string; isClosed: boolean }
  | { kind: "math"; tex: string; isClosed: boolean }

function shown(block: MarkdownBlock, definitions: string, isOpen: boolean): BlockProps {
  switch (block.kind) {
    case "prose": {
      const source = isOpen ? holdBack(block.source) : block.source
      const refers = definitions !== "" && source.includes("[")
      return { kind: "prose", source: refers ? `${source}\n\n${definitions}` : source }
    }
    case "code": {
      const isClosed = block.isClosed || !isOpen
      // A partial closing fence is not code.
      const code = isClosed ? block.code : block.code.replace(/\n[`~]{1,2}$/, "")
      return { kind: "code", code, language: block.language, isClosed }
    }
    case "math":
      // An unclosed delimiter in finished text is not math.
      if (!block.isClosed && !isOpen) return { kind: "prose", source: block.source }
      return { kind: "math", tex: block.tex, isClosed: block.isClosed }
  }
}

const Block = memo(function Block(props: BlockProps) {
  switch (props.kind) {
    case "prose":
      return <Prose source={props.source} />
    case "code":
      return <Code {...props} />
    case "math":
      return <Math tex={props.tex} isDisplay isClosed={props.isClosed} />
  }
})

function Code(props: { code: string; language: string; isClosed: boolean }) {
  if (props.language.toLowerCase() === "mermaid" && props.isClosed) {
    return <Diagram source={props.code} />
  }
  return <CodeBlock {...props} />
}

/** Definitions for `[text][name]` may be in any block. */
function linkDefinitions(text: string): string {
  return (
    text
      .match(/^ {0,3}\[(?!\^)[^\]\n]{1,200}\]:[ \t]+\S.*$/gm)
      ?.slice(0, 200)
      .join("\n") ?? ""
  )
}

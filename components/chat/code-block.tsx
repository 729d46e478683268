"use client"

import { WrapText } from "lucide-react"
import { isValidElement, useState, type ReactNode } from "react"

import { IconButton } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"

/** A block of code with its language, to copy and to wrap. */
export function CodeBlock({ children }: { children: ReactNode }) {
  const [isWrapped, setWrapped] = useState(false)
  const { code, language } = readCode(children)
  return (
    <figure className="rounded-3 bg-code-bg overflow-hidden border">
      <figcaption className="text-micro text-ink-3 flex h-9 items-center pr-1 pl-3.5">
        <span className="flex-1">{language || "text"}</span>
        <IconButton
          label="Wrap lines"
          size="icon-small"
          aria-pressed={isWrapped}
          onClick={() => setWrapped(!isWrapped)}
        >
          <WrapText size={16} aria-hidden />
        </IconButton>
        <CopyButton label="Copy code" text={() => code} />
      </figcaption>
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways
        tabIndex={0}
        className={cn(
          "text-code-text overflow-x-auto px-3.5 pt-0.5 pb-3.5 font-mono text-[13px]/[21px] [tab-size:2]",
          isWrapped && "whitespace-pre-wrap",
        )}
      >
        <code>{code}</code>
      </pre>
    </figure>
  )
}

function readCode(children: ReactNode): { code: string; language: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) {
    return { code: textOf(children), language: "" }
  }
  const { className, children: inner } = children.props
  return {
    code: textOf(inner).replace(/\n$/, ""),
    language: /language-(\S+)/.exec(className ?? "")?.[1] ?? "",
  }
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node)
  if (Array.isArray(node)) return node.map(textOf).join("")
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : ""
}

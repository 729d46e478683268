"use client"

import { WrapText } from "lucide-react"
import { useState } from "react"

import { IconButton } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"

import { CodeFrame } from "./code-frame.tsx"
import { CodeTokens } from "./code-tokens.tsx"
import { languageName } from "./languages.ts"

interface CodeBlockProps {
  code: string
  language: string
  /** The block is complete. */
  isClosed: boolean
}

/** A code block with its language, and buttons to copy and to wrap. */
export function CodeBlock({ code, language, isClosed }: CodeBlockProps) {
  const [isWrapped, setWrapped] = useState(false)
  return (
    <CodeFrame
      label={languageName(language)}
      actions={
        <>
          <IconButton
            label="Wrap lines"
            size="icon-small"
            aria-pressed={isWrapped}
            onClick={() => setWrapped(!isWrapped)}
          >
            <WrapText size={16} aria-hidden />
          </IconButton>
          <CopyButton label="Copy code" text={() => code} />
        </>
      }
    >
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls sideways
        tabIndex={0}
        className={cn(
          "text-code-text overflow-x-auto px-3.5 pt-0.5 pb-3.5 font-mono text-[13px]/[21px] [tab-size:2]",
          isWrapped && "whitespace-pre-wrap",
        )}
      >
        <code>
          <CodeTokens code={code} language={language} isClosed={isClosed} />
        </code>
      </pre>
    </CodeFrame>
  )
}

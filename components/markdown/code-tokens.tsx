"use client"

import { memo, useEffect, useState, type ReactNode } from "react"

import { languageOf } from "./languages.ts"

interface CodeTokensProps {
  code: string
  language: string
  isClosed: boolean
}

/** Longer code stays plain: highlighting it would block the main thread. */
const charactersMax = 20_000

/** Highlights code once it is complete; the colours do not change its layout. */
export const CodeTokens = memo(function CodeTokens({ code, language, isClosed }: CodeTokensProps) {
  const [coloured, setColoured] = useState<{ code: string; tokens: ReactNode } | null>(null)
  const known = languageOf(language)
  const isWanted = isClosed && known !== null && code.length <= charactersMax
  useEffect(() => {
    if (!isWanted || known === null) return
    let isGone = false
    Promise.all([import("./highlight.tsx"), known.load()]).then(
      ([{ highlight }, grammar]) => {
        if (!isGone) setColoured({ code, tokens: highlight(code, known.id, grammar.default) })
      },
      // The highlighter failed to load: keep plain text.
      () => {},
    )
    return () => {
      isGone = true
    }
  }, [code, known, isWanted])
  return coloured?.code === code ? coloured.tokens : code
})

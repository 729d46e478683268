"use client"

import { useEffect, useState } from "react"

interface MathProps {
  tex: string
  isDisplay: boolean
  isClosed: boolean
}

/** A formula, set once it is complete; its source where it cannot be. */
export function Math({ tex, isDisplay, isClosed }: MathProps) {
  const [set, setSet] = useState<{ tex: string; html: string | null } | null>(null)
  useEffect(() => {
    if (!isClosed) return
    let isGone = false
    void import("./typeset.ts").then(({ typeset }) => {
      if (!isGone) setSet({ tex, html: typeset(tex, isDisplay) })
    })
    return () => {
      isGone = true
    }
  }, [tex, isDisplay, isClosed])
  const result = set?.tex === tex ? set : null
  const Frame = isDisplay ? "div" : "span"
  const look = isDisplay ? "math-block" : undefined
  if (result?.html == null) {
    return (
      <Frame className={look}>
        <code
          className="math-source"
          title={result === null ? undefined : "Not a formula it can set"}
        >
          {tex}
        </code>
      </Frame>
    )
  }
  // KaTeX escapes what it is given, and trusts no command that names an address or an attribute.
  return <Frame className={look} dangerouslySetInnerHTML={{ __html: result.html }} />
}

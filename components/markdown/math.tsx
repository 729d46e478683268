"use client"

import { useEffect, useState } from "react"

import { useHydrated } from "#components/ui/use-hydrated.ts"

type Typeset = (tex: string, isDisplay: boolean) => string | null

/** Once loaded, formulas are typeset in the frame they arrive in. */
let loaded: Typeset | null = null

async function load(): Promise<Typeset> {
  loaded ??= (await import("./typeset.ts")).typeset
  return loaded
}

function setNow(tex: string, isDisplay: boolean): { tex: string; html: string | null } | null {
  return loaded === null ? null : { tex, html: loaded(tex, isDisplay) }
}

interface MathProps {
  tex: string
  isDisplay: boolean
  isClosed: boolean
}

/** Typesets a complete formula; shows the source of an invalid one. */
export function Math({ tex, isDisplay, isClosed }: MathProps) {
  // The server does not typeset, and hydration must match its markup.
  const isHydrated = useHydrated()
  const [set, setSet] = useState(() => (isClosed && isHydrated ? setNow(tex, isDisplay) : null))
  useEffect(() => {
    if (!isClosed) return
    let isGone = false
    load().then(
      (typeset) => {
        if (!isGone) setSet({ tex, html: typeset(tex, isDisplay) })
      },
      // KaTeX failed to load: keep the source.
      () => {},
    )
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
        <code className="math-source" title={result === null ? undefined : "Invalid formula"}>
          {tex}
        </code>
      </Frame>
    )
  }
  // KaTeX escapes its input, and `trust: false` rejects commands with URLs or attributes.
  return <Frame className={look} dangerouslySetInnerHTML={{ __html: result.html }} />
}

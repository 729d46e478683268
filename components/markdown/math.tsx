"use client"

import { useEffect, useState } from "react"

import { useHydrated } from "#components/ui/use-hydrated.ts"

type Typeset = (tex: string, isDisplay: boolean) => string | null

/** Once it is loaded, formulas are set in the frame they come in. */
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

/** A formula, set once it is complete; its source where it cannot be. */
export function Math({ tex, isDisplay, isClosed }: MathProps) {
  // The server sets none, and the first look must be the same.
  const isHydrated = useHydrated()
  const [set, setSet] = useState(() => (isClosed && isHydrated ? setNow(tex, isDisplay) : null))
  useEffect(() => {
    if (!isClosed) return
    let isGone = false
    load().then(
      (typeset) => {
        if (!isGone) setSet({ tex, html: typeset(tex, isDisplay) })
      },
      // Its code is out of reach: the source stays.
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

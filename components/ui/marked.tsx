import type { ReactNode } from "react"

import { visibleText } from "#lib/transcript/visible-text.ts"

interface MarkedProps {
  text: string
  /** Start and end offsets of each hit, in order. */
  matches: readonly (readonly [number, number])[]
}

/** Text with its hits highlighted, as elements, never as HTML. */
export function Marked({ text, matches }: MarkedProps) {
  const parts: ReactNode[] = []
  let at = 0
  for (const [start, end] of matches) {
    parts.push(
      visibleText(text.slice(at, start)),
      <mark key={start} className="rounded-1 text-ink bg-(--mark)">
        {visibleText(text.slice(start, end))}
      </mark>,
    )
    at = end
  }
  return (
    <>
      {parts}
      {visibleText(text.slice(at))}
    </>
  )
}

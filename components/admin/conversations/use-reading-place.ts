"use client"

import { useRouter } from "next/navigation"
import { useEffect, useRef, type RefObject } from "react"

/** Markdown is drawn a moment after the page: it moves what is below. */
const settleMs = 250

/**
 * Goes to an event of a conversation that is read: the one the page was asked for, or `#seq` of the
 * address, for which the page is asked anew when it has not read that far.
 * @returns the element that scrolls
 */
export function useReadingPlace(read: {
  atSeq: number | null
  firstSeq: number
  lastSeq: number
}): RefObject<HTMLElement | null> {
  const { atSeq, firstSeq, lastSeq } = read
  const router = useRouter()
  const scroller = useRef<HTMLElement>(null)
  useEffect(() => {
    const seq = seqOfHash() ?? atSeq
    if (seq === null) return
    const isRead = firstSeq <= seq && seq <= lastSeq
    // Beyond what was read for it there is nothing: no second try.
    if (!isRead && seq !== atSeq) {
      router.replace(`${window.location.pathname}?at=${seq}`)
      return
    }
    const target = findTarget(scroller.current, seq)
    target?.scrollIntoView()
    target?.animate(
      [{ backgroundColor: "var(--accent-soft)" }, { backgroundColor: "transparent" }],
      { duration: 1_600 },
    )
    const timer = window.setTimeout(() => target?.scrollIntoView(), settleMs)
    return () => window.clearTimeout(timer)
  }, [atSeq, firstSeq, lastSeq, router])
  return scroller
}

function seqOfHash(): number | null {
  const named = /^#([0-9]{1,15})$/.exec(window.location.hash)?.[1]
  return named === undefined ? null : Number(named)
}

/** The last part that begins at or before the event. */
function findTarget(within: HTMLElement | null, seq: number): Element | null {
  const parts = [...(within?.querySelectorAll("[data-seq]") ?? [])]
  return parts.findLast((part) => Number(part.getAttribute("data-seq")) <= seq) ?? null
}

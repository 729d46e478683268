"use client"

import { useRouter } from "next/navigation"
import { useEffect, useRef, type RefObject } from "react"

/** Markdown renders a moment after the page and shifts the content below it. */
const settleMs = 250

/**
 * Scrolls to an event of a conversation: the one the page was requested for, or `#seq` of the
 * address. Reloads the page when that event is outside the loaded range.
 * @returns the scroll container
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
    // Already reloaded for this seq, so the event does not exist: do not retry.
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

/** The last element that starts at or before the event. */
function findTarget(within: HTMLElement | null, seq: number): Element | null {
  const parts = [...(within?.querySelectorAll("[data-seq]") ?? [])]
  return parts.findLast((part) => Number(part.getAttribute("data-seq")) <= seq) ?? null
}

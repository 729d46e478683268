"use client"

import { useCallback, useEffect, useRef, useState, type RefObject } from "react"

/** Within this distance the reader counts as at the end. */
const endPx = 48
/** For so long a linked place is held. Find in page, for one, moves a reader without any event. */
const heldMs = 5_000
const readerMoves = ["wheel", "pointerdown", "touchmove", "keydown"]

/** What stays in place while the content around it grows. */
interface Anchor {
  element: Element
  /** Its position in the viewport. */
  top: number
}

export interface Follow {
  /** The column, laid out in reverse: its scroll position is 0 at the end and negative above. */
  scrollRef: RefObject<HTMLDivElement | null>
  contentRef: RefObject<HTMLDivElement | null>
  /** The newest text is outside the viewport. */
  isAway: boolean
  jumpToEnd: () => void
  /**
   * Scrolls to an element. The returned function tells whether the reader has stayed there: false
   * once they scroll.
   */
  showAt: (element: Element) => () => boolean
}

/**
 * Keeps the newest text in view while the reader is at the end, and stops at their first scroll
 * upward. The column is laid out in reverse, so the browser itself keeps the end in place as text
 * arrives or history is prepended; only growth below the reader needs compensation.
 */
export function useFollow(): Follow {
  const scrollRef = useRef<HTMLDivElement>(null)
  const contentRef = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const shown = useRef<Anchor | null>(null)
  const [isAway, setAway] = useState(false)

  const jumpToEnd = useCallback(() => {
    isFollowing.current = true
    shown.current = null
    scrollRef.current?.scrollTo({ top: 0 })
    setAway(false)
  }, [])

  const showAt = useCallback((element: Element) => {
    isFollowing.current = false
    element.scrollIntoView({ block: "start" })
    const anchor = { element, top: element.getBoundingClientRect().top }
    shown.current = anchor
    window.setTimeout(() => {
      if (shown.current === anchor) shown.current = null
    }, heldMs)
    return () => shown.current === anchor
  }, [])

  useEffect(() => {
    const box = scrollRef.current
    const content = contentRef.current
    if (box === null || content === null) return
    const leave = () => {
      shown.current = null
    }
    for (const name of readerMoves) box.addEventListener(name, leave, { passive: true })
    const stop = follow(box, content, { isFollowing, shown }, setAway)
    return () => {
      for (const name of readerMoves) box.removeEventListener(name, leave)
      stop()
    }
  }, [])

  return { scrollRef, contentRef, isAway, jumpToEnd, showAt }
}

function follow(
  box: HTMLElement,
  content: HTMLElement,
  { isFollowing, shown }: { isFollowing: RefObject<boolean>; shown: RefObject<Anchor | null> },
  setAway: (isAway: boolean) => void,
): () => void {
  let lastTop = box.scrollTop
  let anchor: Anchor | null = null
  const distance = () => -box.scrollTop
  const remember = () => {
    anchor = isFollowing.current ? null : findAnchor(box)
    lastTop = box.scrollTop
    setAway(!isFollowing.current && distance() > endPx)
  }
  const onWheel = (event: WheelEvent) => {
    if (event.deltaY >= 0 || box.scrollHeight <= box.clientHeight) return
    isFollowing.current = false
    remember()
  }
  const onScroll = () => {
    if (box.scrollTop < lastTop - 1) isFollowing.current = distance() < 2
    else if (distance() < endPx) isFollowing.current = true
    remember()
  }
  const onGrowth = new ResizeObserver(() => {
    // A linked place keeps its position, however much is drawn around it.
    const held = shown.current ?? anchor
    if (isFollowing.current) {
      if (box.scrollTop !== 0) box.scrollTop = 0
    } else if (held?.element.isConnected === true) {
      const movedPx = held.element.getBoundingClientRect().top - held.top
      if (Math.abs(movedPx) >= 1) box.scrollTop += movedPx
    }
    remember()
  })
  box.addEventListener("wheel", onWheel, { passive: true })
  box.addEventListener("scroll", onScroll, { passive: true })
  onGrowth.observe(content)
  onGrowth.observe(box)
  return () => {
    box.removeEventListener("wheel", onWheel)
    box.removeEventListener("scroll", onScroll)
    onGrowth.disconnect()
  }
}

/** The turn at the upper edge of the viewport, and its position. */
function findAnchor(box: HTMLElement): Anchor | null {
  const { left, top, width } = box.getBoundingClientRect()
  for (const element of document.elementsFromPoint(left + width / 2, top + 1)) {
    const turn = element.closest("[data-turn]")
    if (turn !== null) return { element: turn, top: turn.getBoundingClientRect().top }
  }
  return null
}

"use client"

import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react"

/** This near to the end counts as at the end. */
const endPx = 48

export interface Follow {
  scrollRef: RefObject<HTMLDivElement | null>
  contentRef: RefObject<HTMLDivElement | null>
  /** The newest text is out of sight. */
  isAway: boolean
  jumpToEnd: () => void
}

/**
 * Keeps the newest text in sight while the reader is at the end, and lets go at their first move
 * upward.
 * @param firstSeq changes when older history came in front: the text in sight then stays where it is
 */
export function useFollow(firstSeq: number | null): Follow {
  const scrollRef = useRef<HTMLDivElement>(null)
  const contentRef = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const [isAway, setAway] = useState(false)

  const jumpToEnd = useCallback(() => {
    const box = scrollRef.current
    if (box === null) return
    isFollowing.current = true
    box.scrollTop = box.scrollHeight
    setAway(false)
  }, [])

  useStayInPlace(scrollRef, firstSeq)

  useLayoutEffect(() => {
    if (window.location.hash === "") jumpToEnd()
    else isFollowing.current = false
  }, [jumpToEnd])

  useEffect(() => {
    const box = scrollRef.current
    const content = contentRef.current
    if (box === null || content === null) return
    let lastTop = box.scrollTop
    const distance = () => box.scrollHeight - box.scrollTop - box.clientHeight
    const letGo = () => {
      if (box.scrollHeight > box.clientHeight) isFollowing.current = false
    }
    const onWheel = (event: WheelEvent) => event.deltaY < 0 && letGo()
    const onScroll = () => {
      if (box.scrollTop < lastTop - 1) isFollowing.current = distance() < 2
      else if (distance() < endPx) isFollowing.current = true
      lastTop = box.scrollTop
      setAway(!isFollowing.current && distance() > endPx)
    }
    const onGrowth = new ResizeObserver(() => {
      if (isFollowing.current) box.scrollTop = box.scrollHeight
      else setAway(distance() > endPx)
      lastTop = box.scrollTop
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
  }, [])

  return { scrollRef, contentRef, isAway, jumpToEnd }
}

/** The browser's own anchoring is off, since it does nothing at the very top. */
function useStayInPlace(
  scrollRef: RefObject<HTMLDivElement | null>,
  firstSeq: number | null,
): void {
  const before = useRef({ firstSeq, height: 0 })
  useLayoutEffect(() => {
    const box = scrollRef.current
    if (box === null) return
    const { firstSeq: oldSeq, height } = before.current
    if (oldSeq !== null && firstSeq !== null && firstSeq < oldSeq) {
      box.scrollTop += box.scrollHeight - height
    }
    before.current = { firstSeq, height: box.scrollHeight }
  })
}

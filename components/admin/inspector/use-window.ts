"use client"

import { useEffect, useState, type RefObject } from "react"

const spareRows = 12

interface RowWindow {
  from: number
  to: number
}

/** Computes the visible range of a long list of equally tall rows, plus overscan. */
export function useWindow(
  scroller: RefObject<HTMLElement | null>,
  rowCount: number,
  rowHeight: number,
): RowWindow {
  const [place, setPlace] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const look = () => setPlace({ top: element.scrollTop, height: element.clientHeight })
    look()
    element.addEventListener("scroll", look, { passive: true })
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => {
      element.removeEventListener("scroll", look)
      observer.disconnect()
    }
  }, [scroller])
  const first = Math.floor(place.top / rowHeight)
  const shown = Math.ceil(place.height / rowHeight)
  return {
    from: Math.max(0, Math.min(first - spareRows, rowCount)),
    to: Math.min(rowCount, first + shown + spareRows),
  }
}

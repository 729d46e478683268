"use client"

import { createContext, useContext, useEffect, useState, type RefObject } from "react"

/** Calls back once, when the element comes near to what is in sight. */
export type WatchNear = (element: Element, onNear: () => void) => () => void

export const NearContext = createContext<WatchNear | null>(null)

/** Before one can scroll that far, it has been drawn. */
const nearPx = 1_500

/** One observer for all turns of a column. */
export function useWatchNear(): WatchNear {
  const [watcher] = useState(createWatcher)
  useEffect(() => watcher.stop, [watcher])
  return watcher.watch
}

function createWatcher(): { watch: WatchNear; stop: () => void } {
  const waiting = new Map<Element, () => void>()
  let observer: IntersectionObserver | null = null
  const onChange = (entries: IntersectionObserverEntry[]) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) waiting.get(target)?.()
    }
  }
  return {
    watch(element, onNear) {
      // The margin counts only around what scrolls.
      observer ??= new IntersectionObserver(onChange, {
        root: element.closest("[role=log]"),
        rootMargin: `${nearPx}px 0px`,
      })
      waiting.set(element, onNear)
      observer.observe(element)
      return () => {
        waiting.delete(element)
        observer?.unobserve(element)
      }
    },
    stop() {
      observer?.disconnect()
      observer = null
    },
  }
}

/** Whether the element has ever been near to what is in sight; what was drawn once stays. */
export function useWasNear(ref: RefObject<Element | null>, startsNear: boolean): boolean {
  const watch = useContext(NearContext)
  const [wasNear, setNear] = useState(startsNear)
  const isNear = wasNear || startsNear
  useEffect(() => {
    const element = ref.current
    if (isNear || element === null || watch === null) return
    return watch(element, () => setNear(true))
  }, [isNear, ref, watch])
  return isNear
}

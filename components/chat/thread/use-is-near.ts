"use client"

import {
  createContext,
  startTransition,
  useContext,
  useEffect,
  useState,
  type RefObject,
} from "react"

type OnMove = (isNear: boolean, heightPx: number) => void

/** Calls back when the element comes near to what is in sight, and when it goes. */
export type WatchNear = (element: Element, onMove: OnMove) => () => void

export const NearContext = createContext<WatchNear | null>(null)

/** Before one can scroll that far, it has been drawn. */
const nearPx = 3_000

/** One observer for all of a column. */
export function useWatchNear(): WatchNear {
  const [watcher] = useState(createWatcher)
  useEffect(() => watcher.stop, [watcher])
  return watcher.watch
}

function createWatcher(): { watch: WatchNear; stop: () => void } {
  const watched = new Map<Element, OnMove>()
  let observer: IntersectionObserver | null = null
  const onChange = (entries: IntersectionObserverEntry[]) => {
    for (const { isIntersecting, target, boundingClientRect } of entries) {
      watched.get(target)?.(isIntersecting, boundingClientRect.height)
    }
  }
  return {
    watch(element, onMove) {
      // The margin counts only around what scrolls.
      observer ??= new IntersectionObserver(onChange, {
        root: element.closest("[role=log]"),
        rootMargin: `${nearPx}px 0px`,
      })
      watched.set(element, onMove)
      observer.observe(element)
      return () => {
        watched.delete(element)
        observer?.unobserve(element)
      }
    },
    stop() {
      observer?.disconnect()
      observer = null
    },
  }
}

interface Nearness {
  isNear: boolean
  /** How tall it was when it went; null before it ever did. */
  lastHeightPx: number | null
}

/** Whether the element is near to what is in sight. What somebody uses stays near. */
export function useIsNear(ref: RefObject<Element | null>, startsNear: boolean): Nearness {
  const watch = useContext(NearContext)
  const [nearness, setNearness] = useState<Nearness>({ isNear: startsNear, lastHeightPx: null })
  useEffect(() => {
    const element = ref.current
    if (element === null || watch === null) return
    return watch(element, (isNear, heightPx) => {
      if (!isNear && isInUse(element)) return
      // Drawing may take longer than a frame: it gives way to what the reader does.
      startTransition(() =>
        setNearness((before) => {
          if (before.isNear === isNear) return before
          return { isNear, lastHeightPx: isNear ? before.lastHeightPx : heightPx }
        }),
      )
    })
  }, [ref, watch])
  return nearness
}

/** It holds the focus, or some of the selected text. */
function isInUse(element: Element): boolean {
  const selection = document.getSelection()
  return (
    element.contains(document.activeElement) ||
    (selection?.type === "Range" && selection.containsNode(element, true))
  )
}

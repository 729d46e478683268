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

/** Reports when an element enters or leaves the area around the viewport. */
type WatchNear = (element: Element, onMove: OnMove) => () => void

export const NearContext = createContext<WatchNear | null>(null)

/** Far enough that content is rendered before scrolling reaches it. */
const nearPx = 3_000

/** One shared observer per column. */
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
      // `rootMargin` applies only to the scroll container itself.
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
  /** Height when it was last unmounted; null before that. */
  lastHeightPx: number | null
}

/** Whether the element is near the viewport. An element in use counts as near. */
export function useIsNear(ref: RefObject<Element | null>, startsNear: boolean): Nearness {
  const watch = useContext(NearContext)
  const [nearness, setNearness] = useState<Nearness>({ isNear: startsNear, lastHeightPx: null })
  useEffect(() => {
    const element = ref.current
    if (element === null || watch === null) return
    return watch(element, (isNear, heightPx) => {
      if (!isNear && isInUse(element)) return
      // Rendering may exceed a frame, so it yields to user input.
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

/** It contains the focus or part of the selection. */
function isInUse(element: Element): boolean {
  const selection = document.getSelection()
  return (
    element.contains(document.activeElement) ||
    (selection?.type === "Range" && selection.containsNode(element, true))
  )
}

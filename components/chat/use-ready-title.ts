"use client"

import { useEffect, useRef, useState } from "react"

/** Sets the tab's title, with the number of answers that finished while the tab was hidden. */
export function useReadyTitle(title: string, isRunning: boolean): void {
  const [ready, setReady] = useState(0)
  const wasRunning = useRef(isRunning)
  useEffect(() => {
    const hasEnded = wasRunning.current && !isRunning
    wasRunning.current = isRunning
    if (hasEnded && document.visibilityState === "hidden") setReady((count) => count + 1)
  }, [isRunning])
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && setReady(0)
    document.addEventListener("visibilitychange", seen)
    return () => document.removeEventListener("visibilitychange", seen)
  }, [])
  useEffect(() => {
    document.title = `${ready === 0 ? "" : `(${ready}) `}${title} · Studio`
  }, [ready, title])
}

"use client"

import { useEffect, useRef, useState } from "react"

/** The tab's title: the conversation's, and how many answers came while nobody looked. */
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

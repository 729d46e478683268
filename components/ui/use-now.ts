"use client"

import { useEffect, useState } from "react"

import { onFrameBetweenKeys } from "./typing.ts"

/** The current time, refreshed while needed. */
export function useNow(isTicking: boolean, intervalMs = 250): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isTicking) return
    const tick = () => setNow(Date.now())
    tick()
    // Hidden pages get no frames: request one at a time.
    let isAsked = false
    const timer = window.setInterval(() => {
      if (isAsked) return
      isAsked = true
      onFrameBetweenKeys(() => {
        isAsked = false
        tick()
      })
    }, intervalMs)
    return () => window.clearInterval(timer)
  }, [isTicking, intervalMs])
  return now
}

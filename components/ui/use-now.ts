"use client"

import { useEffect, useState } from "react"

/** The time, every so often, while it is needed. */
export function useNow(isTicking: boolean, intervalMs = 250): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (!isTicking) return
    const tick = () => setNow(Date.now())
    tick()
    const timer = window.setInterval(tick, intervalMs)
    return () => window.clearInterval(timer)
  }, [isTicking, intervalMs])
  return now
}

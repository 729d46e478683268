"use client"

import { useEffect, useState } from "react"

import { Ring } from "#components/ui/ring.tsx"

/** Most interruptions recover before a notice could be read. */
const patienceMs = 1_500

/** Shows that the connection is down, without layout shift. */
export function ConnectionPill({ isLive, isRunning }: { isLive: boolean; isRunning: boolean }) {
  const [isShown, setShown] = useState(false)
  useEffect(() => {
    if (isLive) return
    const timer = window.setTimeout(() => setShown(true), patienceMs)
    return () => {
      window.clearTimeout(timer)
      setShown(false)
    }
  }, [isLive])
  if (!isShown || isLive) return null
  return (
    <output className="border-line-strong bg-surface text-ui shadow-float absolute top-12 left-1/2 z-10 flex h-8 -translate-x-1/2 items-center gap-2 rounded-full border px-3 whitespace-nowrap sm:top-2">
      <Ring isQuiet /> Reconnecting…
      {isRunning && <span className="text-ink-3 max-sm:hidden">the turn keeps running</span>}
    </output>
  )
}

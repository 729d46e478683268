"use client"

import { useEffect, useRef, useState } from "react"

const frameMs = 50

interface Replay {
  /** Milliseconds since the message; null shows the whole turn. */
  positionMs: number | null
  isPlaying: boolean
  speed: number
  setSpeed: (speed: number) => void
  toggle: () => void
  seek: (ms: number) => void
}

/** Plays a turn's timeline in real time or faster. */
export function useReplay(totalMs: number): Replay {
  const [positionMs, setPosition] = useState<number | null>(null)
  const [isPlaying, setPlaying] = useState(false)
  const [speed, setSpeed] = useState(1)
  const last = useRef(0)
  useEffect(() => {
    if (!isPlaying) return
    last.current = performance.now()
    const timer = window.setInterval(() => {
      const now = performance.now()
      const passed = (now - last.current) * speed
      last.current = now
      setPosition((position) => Math.min(totalMs, (position ?? 0) + passed))
    }, frameMs)
    return () => window.clearInterval(timer)
  }, [isPlaying, speed, totalMs])
  if (isPlaying && positionMs !== null && positionMs >= totalMs) setPlaying(false)
  return {
    positionMs,
    isPlaying,
    speed,
    setSpeed,
    toggle: () => {
      if (!isPlaying && (positionMs === null || positionMs >= totalMs)) setPosition(0)
      setPlaying(!isPlaying)
    },
    seek: setPosition,
  }
}

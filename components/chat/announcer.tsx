"use client"

import { useState } from "react"

interface AnnouncerProps {
  runningTurn: string | null
  /** The newest turn failed; its error is announced on its own. */
  hasFailed: boolean
}

/** Announces the start and the end of an answer politely; never the text itself. */
export function Announcer({ runningTurn, hasFailed }: AnnouncerProps) {
  const [lastTurn, setLastTurn] = useState(runningTurn)
  if (runningTurn !== null && runningTurn !== lastTurn) setLastTurn(runningTurn)
  const isQuiet = lastTurn === null || hasFailed
  const words = runningTurn !== null ? "Generating" : isQuiet ? "" : "Response complete"
  return <output className="sr-only">{words}</output>
}

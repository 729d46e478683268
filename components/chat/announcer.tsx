"use client"

import { useState } from "react"

/** One polite word when an answer begins and one when it is complete; never the text itself. */
export function Announcer({ runningTurn }: { runningTurn: string | null }) {
  const [lastTurn, setLastTurn] = useState(runningTurn)
  if (runningTurn !== null && runningTurn !== lastTurn) setLastTurn(runningTurn)
  const words = runningTurn !== null ? "Generating" : lastTurn === null ? "" : "Response complete"
  return <output className="sr-only">{words}</output>
}

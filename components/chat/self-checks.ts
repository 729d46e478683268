"use client"

import { useEffect, useState } from "react"

import type { ConversationSession, SessionState } from "#lib/client/stream/conversation-session.ts"
import { readTimes } from "#lib/client/stream/read-times.ts"
import { checkCounts, createSelfCheck } from "#lib/client/stream/self-check.ts"

/** A resumed stream has delivered its missed events by then. */
const settledMs = 1_000

interface ChecksProps {
  conversationId: string
  session: ConversationSession
  state: SessionState
}

/**
 * Verifies the rendered state against the journal while the page is idle: hashes of finished texts
 * (counters in `window.studioChecks`), and timestamps of events that arrived late.
 */
export function Checks({ conversationId, session, state }: ChecksProps): null {
  const { connection } = state
  const { turns } = state.conversation
  const [selfCheck] = useState(() =>
    createSelfCheck({
      conversationId,
      replace: (turnId, rows) => session.changeTurn(turnId, () => rows),
    }),
  )
  useEffect(() => void Reflect.set(window, "studioChecks", checkCounts), [])
  const endedCount = turns.reduce((sum, turn) => sum + (turn.view.ending === null ? 0 : 1), 0)
  useEffect(() => {
    const timer = window.setTimeout(() => void selfCheck.look(turns), 50)
    return () => window.clearTimeout(timer)
    // Only a finished turn gives something to verify; the turns at that moment are intended.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selfCheck, endedCount])
  useEffect(() => {
    if (connection !== "live") return
    const timer = window.setTimeout(() => void readTimes(conversationId, session), settledMs)
    return () => window.clearTimeout(timer)
  }, [conversationId, session, connection])
  return null
}

"use client"

import { useEffect, useState } from "react"

import type { ConversationSession, SessionState } from "#lib/client/conversation-session.ts"
import { readTimes } from "#lib/client/read-times.ts"
import { checkCounts, createSelfCheck } from "#lib/client/self-check.ts"

/** By then a stream that was taken up again has told what it had to tell. */
const settledMs = 1_000

interface ChecksProps {
  conversationId: string
  session: ConversationSession
  state: SessionState
}

/**
 * Compares what is shown with the journal, when the page has nothing better to do: ended texts with
 * their hashes (the counts are at `window.studioChecks`), and when things happened that came late.
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
    // Only an ending gives something to check; the turns of that moment are the ones meant.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selfCheck, endedCount])
  useEffect(() => {
    if (connection !== "live") return
    const timer = window.setTimeout(() => void readTimes(conversationId, session), settledMs)
    return () => window.clearTimeout(timer)
  }, [conversationId, session, connection])
  return null
}

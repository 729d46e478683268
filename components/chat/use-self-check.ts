"use client"

import { useEffect, useState } from "react"

import type { ConversationSession } from "#lib/client/conversation-session.ts"
import type { Turn } from "#lib/client/reduce-events.ts"
import { checkCounts, createSelfCheck } from "#lib/client/self-check.ts"

/**
 * Checks what is shown against the hashes of the journal, when the page has nothing better to do.
 * The counts are at `window.studioChecks`.
 */
export function useSelfCheck(
  conversationId: string,
  session: ConversationSession,
  turns: readonly Turn[],
): void {
  const [selfCheck] = useState(() =>
    createSelfCheck({
      conversationId,
      replace: (turnId, rows) => session.replaceTurn(turnId, rows),
    }),
  )
  const endedCount = turns.reduce((sum, turn) => sum + (turn.view.ending === null ? 0 : 1), 0)
  useEffect(() => {
    Reflect.set(window, "studioChecks", checkCounts)
    const timer = window.setTimeout(() => void selfCheck.look(turns), 50)
    return () => window.clearTimeout(timer)
    // Only an ending gives something to check; the turns of that moment are the ones meant.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [selfCheck, endedCount])
}

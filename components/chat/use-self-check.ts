"use client"

import { useEffect, useState } from "react"

import type { ConversationSession } from "#lib/client/conversation-session.ts"
import type { Turn } from "#lib/client/reduce-events.ts"
import type { SelfCheck } from "#lib/client/self-check.ts"

/**
 * Checks what is shown against the hashes of the journal, when the page has nothing better to do.
 * The counts are at `window.studioChecks`.
 */
export function useSelfCheck(
  conversationId: string,
  session: ConversationSession,
  turns: readonly Turn[],
): void {
  const [load] = useState(() => {
    let loading: Promise<SelfCheck | null> | null = null
    return () => (loading ??= loadCheck(conversationId, session))
  })
  const endedCount = turns.reduce((sum, turn) => sum + (turn.view.ending === null ? 0 : 1), 0)
  useEffect(() => {
    const timer = window.setTimeout(() => void load().then((check) => check?.look(turns)), 50)
    return () => window.clearTimeout(timer)
    // Only an ending gives something to check; the turns of that moment are the ones meant.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [load, endedCount])
}

async function loadCheck(
  conversationId: string,
  session: ConversationSession,
): Promise<SelfCheck | null> {
  try {
    const { checkCounts, createSelfCheck } = await import("#lib/client/self-check.ts")
    Reflect.set(window, "studioChecks", checkCounts)
    return createSelfCheck({
      conversationId,
      replace: (turnId, rows) => session.replaceTurn(turnId, rows),
    })
  } catch {
    // Without a network there is nothing to compare with either; the next page checks.
    return null
  }
}

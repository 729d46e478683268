"use client"

import { useEffect, useState, useSyncExternalStore } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { onFrameBetweenKeys } from "#components/ui/typing.ts"
import type { OutboxEntry } from "#lib/client/outbox/outbox-store.ts"
import type { SubmitOutcome } from "#lib/client/outbox/submit.ts"
import { ConversationSession, type SessionState } from "#lib/client/stream/conversation-session.ts"
import type { ConversationState } from "#lib/transcript/reduce-events.ts"

/** One open conversation, fed by the tab's shared connection. */
export function useConversation(
  conversationId: string,
  initial: () => ConversationState,
  onReturned: (entry: OutboxEntry, outcome: SubmitOutcome) => void,
): { session: ConversationSession; state: SessionState } {
  const { stream, outbox } = useStudio()
  const [session] = useState(
    () =>
      new ConversationSession({
        conversationId,
        stream,
        outbox,
        onReturned,
        initial: initial(),
        schedule,
      }),
  )
  useEffect(() => {
    session.start()
    return () => session.stop()
  }, [session])
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState)
  return { session, state }
}

/** Batched per animation frame; hidden pages get no frames. */
function schedule(flush: () => void): void {
  if (document.visibilityState === "hidden") window.setTimeout(flush, 200)
  else onFrameBetweenKeys(flush)
}

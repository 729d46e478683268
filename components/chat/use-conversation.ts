"use client"

import { useEffect, useState, useSyncExternalStore } from "react"

import { ConversationSession, type SessionState } from "#lib/client/conversation-session.ts"
import type { ConversationState } from "#lib/client/reduce-events.ts"

/** Owns the connection of one open conversation. */
export function useConversation(
  conversationId: string,
  initial: () => ConversationState,
): { session: ConversationSession; state: SessionState } {
  const [session] = useState(
    () => new ConversationSession({ conversationId, initial: initial(), schedule: onNextFrame }),
  )
  useEffect(() => {
    const seen = () => document.visibilityState === "visible" && session.wake("visible")
    const shown = (event: PageTransitionEvent) => event.persisted && session.wake("online")
    const online = () => session.wake("online")
    const offline = () => session.sleep()
    session.start()
    document.addEventListener("visibilitychange", seen)
    window.addEventListener("pageshow", shown)
    window.addEventListener("online", online)
    window.addEventListener("offline", offline)
    return () => {
      document.removeEventListener("visibilitychange", seen)
      window.removeEventListener("pageshow", shown)
      window.removeEventListener("online", online)
      window.removeEventListener("offline", offline)
      session.stop()
    }
  }, [session])
  const state = useSyncExternalStore(session.subscribe, session.getState, session.getState)
  return { session, state }
}

/** Once a frame; a page nobody sees has no frames. */
function onNextFrame(flush: () => void): void {
  if (document.visibilityState === "hidden") window.setTimeout(flush, 200)
  else window.requestAnimationFrame(flush)
}

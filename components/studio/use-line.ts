"use client"

import { useEffect } from "react"

import type { Outbox } from "#lib/client/outbox/outbox.ts"
import type { ConversationList } from "#lib/client/stream/conversation-list.ts"
import type { TabLine } from "#lib/client/tabs/tab-line.ts"

/**
 * Keeps the tab's connection open while its page lives, and the conversation list in sync with it.
 */
export function useLine(line: TabLine, outbox: Outbox, list: ConversationList): void {
  useEffect(() => {
    const wake = (reason: "visible" | "online") => {
      line.wake(reason)
      outbox.wake()
    }
    let opened = line.getState().opened
    const endings = [
      line.conversations.add((payload) => list.receive(payload)),
      line.states.add((state) => {
        if (state.opened === opened) return
        // A new connection reloads the list to catch up on missed changes.
        opened = state.opened
        void list.refresh()
      }),
      listen(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") wake("visible")
      }),
      listen(document, "resume", () => wake("visible")),
      listen(window, "online", () => wake("online")),
      listen(window, "offline", () => line.sleep()),
      listen(window, "pagehide", () => {
        list.flushDeletes()
        // A page that holds a lock others wait for cannot enter the back/forward cache.
        line.stop()
      }),
      listen(window, "pageshow", () => {
        line.start()
        wake("visible")
      }),
    ]
    line.start()
    outbox.start()
    return () => {
      for (const end of endings) end()
      outbox.stop()
      line.stop()
    }
  }, [line, outbox, list])
}

function listen(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

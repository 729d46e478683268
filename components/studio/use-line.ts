"use client"

import { useEffect } from "react"

import type { ConversationList } from "#lib/client/conversation-list.ts"
import type { TabLine } from "#lib/client/tab-line.ts"

/** Keeps the tab's line up while its page lives, and the list as true as the line. */
export function useLine(line: TabLine, list: ConversationList): void {
  useEffect(() => {
    let opened = line.getState().opened
    const endings = [
      line.conversations.add((payload) => list.receive(payload)),
      line.states.add((state) => {
        if (state.opened === opened) return
        // What changed while nobody listened, the list says.
        opened = state.opened
        void list.refresh()
      }),
      listen(document, "visibilitychange", () => {
        if (document.visibilityState === "visible") line.wake("visible")
      }),
      listen(document, "resume", () => line.wake("visible")),
      listen(window, "online", () => line.wake("online")),
      listen(window, "offline", () => line.sleep()),
      listen(window, "pagehide", () => {
        list.flushDeletes()
        // A page that holds a lock is not kept for the way back.
        line.stop()
      }),
      listen(window, "pageshow", () => {
        line.start()
        line.wake("visible")
      }),
    ]
    line.start()
    return () => {
      for (const end of endings) end()
      line.stop()
    }
  }, [line, list])
}

function listen(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

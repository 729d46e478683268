"use client"

import { useEffect } from "react"

import type { Outbox } from "#lib/client/outbox/outbox.ts"
import type { ConversationList } from "#lib/client/stream/conversation-list.ts"
import type { SharedStream } from "#lib/client/tabs/shared-stream.ts"

/**
 * Keeps the tab's connection open while its page lives, and the conversation list in sync with it.
 */
export function useSharedStream(
  stream: SharedStream,
  outbox: Outbox,
  list: ConversationList,
): void {
  useEffect(() => {
    const wake = (reason: "visible" | "online") => {
      stream.wake(reason)
      outbox.wake()
    }
    let opened = stream.getState().opened
    const endings = [
      stream.conversations.add((payload) => list.receive(payload)),
      stream.states.add((state) => {
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
      listen(window, "offline", () => stream.sleep()),
      listen(window, "pagehide", () => {
        list.flushDeletes()
        // A page that holds a lock others wait for cannot enter the back/forward cache.
        stream.stop()
      }),
      listen(window, "pageshow", () => {
        stream.start()
        wake("visible")
      }),
    ]
    stream.start()
    outbox.start()
    return () => {
      for (const end of endings) end()
      outbox.stop()
      stream.stop()
    }
  }, [stream, outbox, list])
}

function listen(target: EventTarget, name: string, listener: () => void): () => void {
  target.addEventListener(name, listener)
  return () => target.removeEventListener(name, listener)
}

"use client"

import { useEffect, useRef } from "react"

import { useStudio } from "#components/studio/studio-context.tsx"
import { api, isApiError } from "#lib/client/api.ts"
import type { ConversationState } from "#lib/client/reduce-events.ts"

/** Tells the sidebar what the open conversation knows, and the server what has been read. */
export function useListSync(id: string, conversation: ConversationState, isRunning: boolean): void {
  const { list } = useStudio()
  const { title, lastSeq } = conversation
  useEffect(() => {
    const isListed = list.getState().items.some((item) => item.id === id)
    if (!isListed) void list.refresh()
  }, [id, list, isRunning])
  useEffect(() => {
    list.patch(id, {
      status: isRunning ? "running" : "idle",
      unread: false,
      ...(title === null ? {} : { title }),
    })
  }, [id, list, title, isRunning, lastSeq])
  useRead(id, lastSeq, isRunning)
}

/** Once it rests and somebody looks at it. */
function useRead(id: string, lastSeq: number, isRunning: boolean): void {
  const told = useRef(0)
  useEffect(() => {
    if (isRunning) return
    const tell = () => {
      if (document.visibilityState !== "visible" || told.current >= lastSeq) return
      told.current = lastSeq
      api.markRead(id, lastSeq).catch((error: unknown) => {
        // Told again with the next event; a dot that stays is all that happens.
        if (!isApiError(error)) throw error
        told.current = 0
      })
    }
    const timer = window.setTimeout(tell, 300)
    document.addEventListener("visibilitychange", tell)
    return () => {
      window.clearTimeout(timer)
      document.removeEventListener("visibilitychange", tell)
    }
  }, [id, lastSeq, isRunning])
}

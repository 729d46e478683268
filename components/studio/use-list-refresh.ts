"use client"

import { useEffect } from "react"

import type { ConversationList } from "#lib/client/conversation-list.ts"

const restingMs = 20_000
const runningMs = 4_000

/** Keeps the sidebar fresh while somebody looks at it, more often while something runs. */
export function useListRefresh(list: ConversationList): void {
  useEffect(() => {
    let timer = 0
    const again = () => {
      window.clearTimeout(timer)
      if (document.visibilityState !== "visible") return
      const isBusy = list.getState().items.some((item) => item.status !== "idle")
      timer = window.setTimeout(
        () => void list.refresh().then(again),
        isBusy ? runningMs : restingMs,
      )
    }
    const seen = () => {
      if (document.visibilityState === "visible") void list.refresh().then(again)
    }
    const leave = () => list.flushDeletes()
    again()
    document.addEventListener("visibilitychange", seen)
    window.addEventListener("online", seen)
    window.addEventListener("pagehide", leave)
    return () => {
      window.clearTimeout(timer)
      document.removeEventListener("visibilitychange", seen)
      window.removeEventListener("online", seen)
      window.removeEventListener("pagehide", leave)
    }
  }, [list])
}

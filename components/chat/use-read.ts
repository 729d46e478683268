"use client"

import { useEffect, useRef } from "react"

import { api, isApiError } from "#lib/client/api/api.ts"

interface Reading {
  id: string
  lastSeq: number
  isRunning: boolean
  /** The end of the thread is visible. */
  isAtEnd: boolean
}

/** Marks the conversation read while its end is visible and no turn runs. */
export function useRead({ id, lastSeq, isRunning, isAtEnd }: Reading): void {
  const reportedSeq = useRef(0)
  useEffect(() => {
    if (isRunning || !isAtEnd) return
    const report = () => {
      if (document.visibilityState !== "visible" || reportedSeq.current >= lastSeq) return
      reportedSeq.current = lastSeq
      api.markRead(id, lastSeq).catch((error: unknown) => {
        // Retried with the next event; the cost of a failure is an unread dot.
        if (!isApiError(error)) throw error
        reportedSeq.current = 0
      })
    }
    const timer = window.setTimeout(report, 300)
    document.addEventListener("visibilitychange", report)
    return () => {
      window.clearTimeout(timer)
      document.removeEventListener("visibilitychange", report)
    }
  }, [id, lastSeq, isRunning, isAtEnd])
}

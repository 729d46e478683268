"use client"

import { useSyncExternalStore } from "react"

const subscribe = () => () => {}

/** The reader's time zone; UTC on the server and while the page comes to life, so both agree. */
export function useTimeZone(): string {
  return useSyncExternalStore(
    subscribe,
    () => Intl.DateTimeFormat().resolvedOptions().timeZone,
    () => "UTC",
  )
}

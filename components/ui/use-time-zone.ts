"use client"

import { useSyncExternalStore } from "react"

const subscribe = () => () => {}

let timeZone: string | null = null

/** Every message needs it, and resolving it is slow. */
function readTimeZone(): string {
  timeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone
  return timeZone
}

/** The reader's time zone; UTC on the server and during hydration, so that both match. */
export function useTimeZone(): string {
  return useSyncExternalStore(subscribe, readTimeZone, () => "UTC")
}

"use client"

import { useSyncExternalStore } from "react"

const subscribe = () => () => {}

let timeZone: string | null = null

/** It is asked for by every message of a conversation, and finding it out takes a while. */
function readTimeZone(): string {
  timeZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone
  return timeZone
}

/** The reader's time zone; UTC on the server and while the page comes to life, so both agree. */
export function useTimeZone(): string {
  return useSyncExternalStore(subscribe, readTimeZone, () => "UTC")
}

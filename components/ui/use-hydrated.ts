"use client"

import { useSyncExternalStore } from "react"

const subscribe = () => () => {}

/** False in the server's page and until the script has taken it over. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => true,
    () => false,
  )
}

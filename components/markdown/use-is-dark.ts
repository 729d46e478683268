"use client"

import { useSyncExternalStore } from "react"

/** Whether the page is dark, by preference or system setting. */
export function useIsDark(): boolean {
  return useSyncExternalStore(subscribe, isDark, () => false)
}

function subscribe(onChange: () => void): () => void {
  const system = window.matchMedia("(prefers-color-scheme: dark)")
  const choice = new MutationObserver(onChange)
  system.addEventListener("change", onChange)
  choice.observe(document.documentElement, { attributeFilter: ["data-theme"] })
  return () => {
    system.removeEventListener("change", onChange)
    choice.disconnect()
  }
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"]
  if (chosen === "light" || chosen === "dark") return chosen === "dark"
  return window.matchMedia("(prefers-color-scheme: dark)").matches
}

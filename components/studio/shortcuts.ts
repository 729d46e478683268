"use client"

import { useSyncExternalStore } from "react"

/** Keys use Apple's names; elsewhere ⌘ means Ctrl. */
const shortcuts = {
  newChat: ["⌘", "⇧", "O"],
  search: ["⌘", "K"],
  focusComposer: ["⇧", "Esc"],
  copyAnswer: ["⌘", "⇧", "C"],
  sidebar: ["⌘", "⇧", "S"],
  list: ["⌘", "/"],
  send: ["Enter"],
  newLine: ["⇧", "Enter"],
  stop: ["Esc"],
} as const

export type ShortcutName = keyof typeof shortcuts

const elsewhere: Readonly<Record<string, string>> = { "⌘": "Ctrl", "⇧": "Shift" }
const subscribe = () => () => {}

/** A shortcut in this machine's notation: `⌘⇧O`, or `Ctrl+Shift+O`. */
export function useKeyNames(): (name: ShortcutName) => string {
  const isApple = useSyncExternalStore(
    subscribe,
    () => /Mac|iPhone|iPad/.test(navigator.platform),
    () => true,
  )
  return (name) => {
    const keys: readonly string[] = shortcuts[name]
    return isApple ? keys.join("") : keys.map((key) => elsewhere[key] ?? key).join("+")
  }
}

/** Maps a key event to a global shortcut. */
export function shortcutOf(event: KeyboardEvent): ShortcutName | null {
  if (event.defaultPrevented || event.isComposing || event.altKey) return null
  if (!event.metaKey && !event.ctrlKey) return null
  const key = event.key.toLowerCase()
  if (event.shiftKey && key === "o") return "newChat"
  if (event.shiftKey && key === "s") return "sidebar"
  if (!event.shiftKey && key === "k") return "search"
  // Some keyboard layouts need Shift for the slash.
  if (key === "/" || event.code === "Slash") return "list"
  return null
}

"use client"

import { useSyncExternalStore } from "react"

/** Keys are named as Apple does; elsewhere ⌘ is Ctrl. */
export const shortcuts = {
  newChat: { keys: ["⌘", "⇧", "O"], words: "New chat" },
  search: { keys: ["⌘", "K"], words: "Search conversations and commands" },
  focusComposer: { keys: ["⇧", "Esc"], words: "Go to the message field" },
  copyAnswer: { keys: ["⌘", "⇧", "C"], words: "Copy the last answer" },
  sidebar: { keys: ["⌘", "⇧", "S"], words: "Show or hide the sidebar" },
  list: { keys: ["⌘", "/"], words: "Keyboard shortcuts" },
  send: { keys: ["Enter"], words: "Send, or queue while the agent works" },
  newLine: { keys: ["⇧", "Enter"], words: "New line" },
  stop: { keys: ["Esc"], words: "Stop the agent" },
} as const

export type ShortcutName = keyof typeof shortcuts

const elsewhere: Readonly<Record<string, string>> = { "⌘": "Ctrl", "⇧": "Shift" }
const subscribe = () => () => {}

/** The keys of a shortcut as they are printed on this machine: `⌘⇧O`, or `Ctrl+Shift+O`. */
export function useKeyNames(): (name: ShortcutName) => string {
  const isApple = useSyncExternalStore(
    subscribe,
    () => /Mac|iPhone|iPad/.test(navigator.platform),
    () => true,
  )
  return (name) => {
    const { keys } = shortcuts[name]
    return isApple ? keys.join("") : keys.map((key) => elsewhere[key] ?? key).join("+")
  }
}

/** Which shortcut of the whole Studio a key stroke is. */
export function shortcutOf(event: KeyboardEvent): ShortcutName | null {
  if (event.defaultPrevented || event.isComposing || event.altKey) return null
  if (!event.metaKey && !event.ctrlKey) return null
  const key = event.key.toLowerCase()
  if (event.shiftKey && key === "o") return "newChat"
  if (event.shiftKey && key === "s") return "sidebar"
  if (!event.shiftKey && key === "k") return "search"
  // On some keyboards the slash needs Shift.
  if (key === "/" || event.code === "Slash") return "list"
  return null
}

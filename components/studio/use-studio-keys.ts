"use client"

import { useEffect } from "react"

import { shortcutOf, type ShortcutName } from "./shortcuts.ts"

/** Runs the command of a shortcut, wherever the focus is. */
export function useStudioKeys(commands: Partial<Record<ShortcutName, () => void>>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = shortcutOf(event)
      const command = name === null ? undefined : commands[name]
      if (command === undefined) return
      event.preventDefault()
      command()
    }
    window.addEventListener("keydown", onKey)
    return () => window.removeEventListener("keydown", onKey)
  }, [commands])
}

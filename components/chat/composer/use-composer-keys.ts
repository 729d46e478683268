"use client"

import { useEffect, type KeyboardEvent, type RefObject } from "react"

import { endTyping, noteTyping } from "#components/ui/typing.ts"

/**
 * Enter sends, Shift+Enter inserts a line break; not during IME composition or on touch keyboards.
 * Shift+Esc focuses the composer from anywhere.
 */
export function useComposerKeys(
  area: RefObject<HTMLTextAreaElement | null>,
  options: { send: () => void; maySend: boolean },
) {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape" || !event.shiftKey || event.isComposing) return
      event.preventDefault()
      area.current?.focus()
    }
    window.addEventListener("keydown", onKey)
    return () => window.removeEventListener("keydown", onKey)
  }, [area])
  return {
    onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => {
      noteTyping()
      // An Enter from before hydration: the draft sends it.
      if (event.isDefaultPrevented()) return
      if (event.key !== "Enter" || event.shiftKey || event.altKey) return
      // Key code 229: Safari ends the composition before it reports the key that ended it.
      if (event.nativeEvent.isComposing || event.keyCode === 229) return
      if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      if (!options.maySend) return
      endTyping()
      options.send()
    },
  }
}

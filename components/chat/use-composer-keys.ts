"use client"

import type { KeyboardEvent } from "react"

/** Enter sends and Shift+Enter does not; never while characters are composed, nor on touch keyboards. */
export function useComposerKeys(options: { send: () => void; isEmpty: boolean }) {
  return {
    onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => {
      if (event.key !== "Enter" || event.shiftKey || event.altKey) return
      // 229: Safari ends a composition before it tells of the key that ended it.
      if (event.nativeEvent.isComposing || event.keyCode === 229) return
      if (matchMedia("(pointer: coarse)").matches && !event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      if (!options.isEmpty) options.send()
    },
  }
}

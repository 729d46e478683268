"use client"

import { useEffect } from "react"

import { markdownOf } from "#components/chat/turn/turn-footers.tsx"
import { copyText } from "#components/ui/copy-button.tsx"
import { notify } from "#components/ui/notify.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"

interface ChatKeys {
  /** Null when no turn is running. */
  stop: (() => void) | null
  newest: TurnView | undefined
}

/** Esc stops the turn, ⌘⇧C copies the last answer. */
export function useChatKeys({ stop, newest }: ChatKeys): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return
      if (event.key === "Escape" && !event.shiftKey && stop && !isInDialog(event.target)) {
        event.preventDefault()
        stop()
      } else if (event.key.toLowerCase() === "c" && event.shiftKey && hasCommand(event) && newest) {
        event.preventDefault()
        void copyText(markdownOf(newest)).then(() => notify("The last answer is copied."))
      }
    }
    window.addEventListener("keydown", onKey)
    return () => window.removeEventListener("keydown", onKey)
  }, [stop, newest])
}

function hasCommand(event: KeyboardEvent): boolean {
  return event.metaKey || event.ctrlKey
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("dialog, [role=dialog], [role=menu]") !== null
}

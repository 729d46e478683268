"use client"

import { useEffect, useRef, useState } from "react"

import { loadDraft, saveDraft } from "#lib/client/drafts.ts"

export interface DraftText {
  text: string
  setText: (text: string) => void
  /** The key this very text was sent with before, else a new one. */
  takeKey: (text: string) => string
  /** On its way: gone from sight, kept in storage until `settle`. */
  hold: (text: string, key: string) => void
  /** Accepted: storage holds only what has been written since. */
  settle: (key: string) => void
  /** Refused, or taken out of the queue: back to where it was written. */
  restore: (text: string, key?: string) => void
}

/**
 * The text being written, per conversation; what is on its way comes back if the page dies.
 * @param isAccepted whether the journal knows a message by that key already
 */
export function useDraft(name: string, isAccepted: (key: string) => boolean): DraftText {
  const [text, setShownText] = useState("")
  const written = useRef("")
  const held = useRef(new Map<string, string>())
  const returned = useRef({ text: "", key: "" })
  const knows = useRef(isAccepted)

  const show = (value: string) => {
    written.current = value
    setShownText(value)
  }
  const store = () => {
    const entries = [...held.current]
    const [only] = entries
    const texts = [...held.current.values(), written.current].filter((part) => part !== "")
    const isUntouched = entries.length === 1 && written.current === ""
    saveDraft(name, {
      text: texts.join("\n\n"),
      ...(isUntouched && only !== undefined ? { key: only[0] } : {}),
    })
  }

  useEffect(() => {
    const draft = loadDraft(name)
    const isSent = draft.key !== undefined && knows.current(draft.key)
    if (isSent) saveDraft(name, { text: "" })
    const left = isSent ? "" : draft.text
    held.current.clear()
    returned.current = { text: left, key: draft.key ?? "" }
    written.current = left
    setShownText(left)
  }, [name])

  return {
    text,
    setText(value) {
      show(value)
      store()
    },
    takeKey(sent) {
      const { current } = returned
      return current.key !== "" && current.text === sent ? current.key : crypto.randomUUID()
    },
    hold(sent, key) {
      held.current.set(key, sent)
      show("")
      store()
    },
    settle(key) {
      held.current.delete(key)
      store()
    },
    restore(back, key = "") {
      held.current.delete(key)
      const isAlone = written.current === ""
      returned.current = isAlone ? { text: back, key } : { text: "", key: "" }
      show(isAlone ? back : `${back}\n\n${written.current}`)
      store()
    },
  }
}

"use client"

import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from "react"

import { DraftWriter } from "#lib/client/outbox/draft-writer.ts"

import { takeEarlyEnter } from "./early-enter.ts"

interface Draft {
  text: string
  draft: DraftWriter
  /** Whether Enter was pressed on this text before hydration. Returns true only once. */
  takeEarlySend: (text: string) => boolean
}

/** The current draft, and the writer that persists it. */
export function useDraft(
  name: string,
  area: RefObject<HTMLTextAreaElement | null>,
  isAccepted: (key: string) => boolean,
): Draft {
  const [text, setText] = useState("")
  const early = useRef<string | null>(null)
  const [draft] = useState(() => new DraftWriter(name, setText))
  const knows = useRef(isAccepted)
  // Runs in the commit that hydrates the composer: no key may arrive before the visible text is in
  // its state.
  useLayoutEffect(() => {
    const typed = area.current?.value ?? ""
    const entered = takeEarlyEnter()
    draft.open(knows.current)
    draft.adopt(typed)
    // Text typed after Enter must not be sent with it.
    if (entered !== null && entered === typed) early.current = entered
  }, [draft, area])
  const takeEarlySend = useCallback((shown: string) => {
    const isEntered = early.current !== null && early.current === shown
    if (shown !== "") early.current = null
    return isEntered
  }, [])
  return { text, draft, takeEarlySend }
}

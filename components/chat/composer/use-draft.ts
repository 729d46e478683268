"use client"

import { useCallback, useLayoutEffect, useRef, useState, type RefObject } from "react"

import { DraftWriter } from "#lib/client/draft-writer.ts"

import { takeEarlyEnter } from "./early-enter.ts"

interface Draft {
  text: string
  draft: DraftWriter
  /** Whether Enter was pressed on this text before the page's code had arrived. Yes is said once. */
  takeEarlySend: (text: string) => boolean
}

/** The text being written, and the writer that keeps it safe. */
export function useDraft(
  name: string,
  area: RefObject<HTMLTextAreaElement | null>,
  isAccepted: (key: string) => boolean,
): Draft {
  const [text, setText] = useState("")
  const early = useRef<string | null>(null)
  const [draft] = useState(() => new DraftWriter(name, setText))
  const knows = useRef(isAccepted)
  // In the commit that brings the composer to life: no key may find it without the text that is in sight.
  useLayoutEffect(() => {
    const typed = area.current?.value ?? ""
    const entered = takeEarlyEnter()
    draft.open(knows.current)
    draft.adopt(typed)
    // What was typed after Enter is not to leave with it.
    if (entered !== null && entered === typed) early.current = entered
  }, [draft, area])
  const takeEarlySend = useCallback((shown: string) => {
    const isEntered = early.current !== null && early.current === shown
    if (shown !== "") early.current = null
    return isEntered
  }, [])
  return { text, draft, takeEarlySend }
}

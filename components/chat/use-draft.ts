"use client"

import { useEffect, useRef, useState, type RefObject } from "react"

import { DraftWriter } from "#lib/client/draft-writer.ts"

/** The text being written, and the writer that keeps it safe. */
export function useDraft(
  name: string,
  area: RefObject<HTMLTextAreaElement | null>,
  isAccepted: (key: string) => boolean,
): { text: string; draft: DraftWriter } {
  const [text, setText] = useState("")
  const [draft] = useState(() => new DraftWriter(name, setText))
  const knows = useRef(isAccepted)
  useEffect(() => {
    const early = area.current?.value ?? ""
    draft.open(knows.current)
    draft.adopt(early)
  }, [draft, area])
  return { text, draft }
}

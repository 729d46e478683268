"use client"

import { lazy, Suspense } from "react"

const Markdown = lazy(async () => ({ default: (await import("./markdown.tsx")).Markdown }))

/** Text of an answer. Until the markdown code is there the text itself stands in its place. */
export function AnswerText({ text, isLive }: { text: string; isLive: boolean }) {
  return (
    <Suspense fallback={<div className="prose whitespace-pre-wrap">{text}</div>}>
      <Markdown text={text} isLive={isLive} />
    </Suspense>
  )
}

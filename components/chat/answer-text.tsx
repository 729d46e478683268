"use client"

import { lazy, Suspense } from "react"

const loadMarkdown = () => import("#components/markdown/markdown.tsx")
const Markdown = lazy(async () => ({ default: (await loadMarkdown()).Markdown }))

/** Text of an answer. Until the markdown code is there, text that is complete stands in its place. */
export function AnswerText({ text, isLive }: { text: string; isLive: boolean }) {
  return (
    <Suspense fallback={<div className="prose whitespace-pre-wrap">{isLive ? "" : text}</div>}>
      <Markdown text={text} isLive={isLive} />
    </Suspense>
  )
}

/** Fetches the markdown code before the first answer needs it. */
export function preloadMarkdown(): void {
  void loadMarkdown()
}

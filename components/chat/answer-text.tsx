"use client"

import { lazy, Suspense, type ComponentType } from "react"

interface AnswerTextProps {
  text: string
  isLive: boolean
}

const loadMarkdown = () => import("#components/markdown/markdown.tsx")
const Markdown = lazy(async (): Promise<{ default: ComponentType<AnswerTextProps> }> => {
  try {
    return { default: (await loadMarkdown()).Markdown }
  } catch {
    // A new version is out and the old code gone, or the network is: the text can still be read.
    return { default: PlainText }
  }
})

/** Text of an answer. Nothing is shown of it before the markdown code is there: marks would flash. */
export function AnswerText({ text, isLive }: AnswerTextProps) {
  return (
    <Suspense fallback={null}>
      <Markdown text={text} isLive={isLive} />
    </Suspense>
  )
}

function PlainText({ text }: AnswerTextProps) {
  return <div className="prose whitespace-pre-wrap">{text}</div>
}

/** Fetches the markdown code before the first answer needs it. */
export function preloadMarkdown(): void {
  // A failure shows when the code is needed, and is handled there.
  loadMarkdown().catch(() => {})
}

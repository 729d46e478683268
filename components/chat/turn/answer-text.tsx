"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

interface AnswerTextProps {
  text: string
  isLive: boolean
}

const loadMarkdown = async () => (await import("#components/markdown/markdown.tsx")).Markdown
const Markdown = lazyPart<AnswerTextProps>(loadMarkdown)

/** An answer's text: plain until the markdown renderer is loaded. */
export function AnswerText({ text, isLive }: AnswerTextProps) {
  const plain = (
    <div data-plain className="prose whitespace-pre-wrap">
      {visibleText(text)}
    </div>
  )
  return <Markdown text={text} isLive={isLive} fallback={plain} />
}

/** Preloads the markdown renderer before the first answer needs it. */
export function preloadMarkdown(): void {
  // The render that needs the module handles its failure.
  loadMarkdown().catch(() => {})
}

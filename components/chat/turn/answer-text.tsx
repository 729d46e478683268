"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import { visibleText } from "#lib/transcript/visible-text.ts"

interface AnswerTextProps {
  text: string
  isLive: boolean
}

const loadMarkdown = async () => (await import("#components/markdown/markdown.tsx")).Markdown
const Markdown = lazyPart<AnswerTextProps>(loadMarkdown)

/** Text of an answer, as it was written until the code that formats it is there. */
export function AnswerText({ text, isLive }: AnswerTextProps) {
  const plain = (
    <div data-plain className="prose whitespace-pre-wrap">
      {visibleText(text)}
    </div>
  )
  return <Markdown text={text} isLive={isLive} fallback={plain} />
}

/** Fetches the markdown code before the first answer needs it. */
export function preloadMarkdown(): void {
  // A failure shows when the code is needed, and is handled there.
  loadMarkdown().catch(() => {})
}

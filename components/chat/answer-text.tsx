"use client"

import { lazy, Suspense } from "react"

import { holdBackTable } from "#lib/client/hold-back.ts"

const Markdown = lazy(async () => ({ default: (await import("./markdown.tsx")).Markdown }))

/** Text of an answer. Until the markdown code is there the text itself stands in its place. */
export function AnswerText({ text, isLive }: { text: string; isLive: boolean }) {
  const shown = isLive ? holdBackTable(text) : text
  return (
    <Suspense fallback={<div className="prose whitespace-pre-wrap">{shown}</div>}>
      <Markdown text={shown} isLive={isLive} />
    </Suspense>
  )
}

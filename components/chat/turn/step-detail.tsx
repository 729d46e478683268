"use client"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import type { Step } from "#lib/transcript/turn-view.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

const CodeTokens = lazyPart(
  async () => (await import("#components/markdown/code-tokens.tsx")).CodeTokens,
)

/** A tool's arguments and result. */
export function StepDetail({ step }: { step: Step }) {
  const result = step.result ?? (step.summary === "" ? undefined : step.summary)
  return (
    <section
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls inside itself
      tabIndex={0}
      aria-label={`${visibleText(step.name)}, arguments and result`}
      className="rounded-b-3 bg-code-bg text-code-text touch:pl-3.5 max-h-96 overflow-auto border-t py-2.5 pr-3.5 pl-[38px] font-mono text-[12.5px]/[20px] whitespace-pre-wrap"
    >
      {step.args !== undefined && <Part name="arguments" value={step.args} />}
      {result !== undefined && <Part name="result" value={result} />}
      {step.args === undefined && result === undefined && (
        <span className="text-code-comment">// nothing yet</span>
      )}
    </section>
  )
}

function Part({ name, value }: { name: string; value: unknown }) {
  const isText = typeof value === "string"
  const text = visibleText(isText ? value : JSON.stringify(value, null, 2))
  return (
    <p className="not-first:mt-2">
      <span className="text-code-comment block">{`// ${name}`}</span>
      <CodeTokens code={text} language={isText ? "" : "json"} isClosed fallback={text} />
    </p>
  )
}

import { CircleAlert, RotateCcw } from "lucide-react"

import { Button } from "#components/ui/button.tsx"
import type { Ending } from "#lib/transcript/turn-view.ts"

interface ErrorBlockProps {
  ending: Extract<Ending, { kind: "error" }>
  turnId: string
  hasText: boolean
  onRetry?: (() => void) | undefined
}

/** The error, the kept text and the next step. */
export function ErrorBlock({ ending, turnId, hasText, onRetry }: ErrorBlockProps) {
  const kept = hasText ? "The text above is kept." : "Your message is kept."
  return (
    <div
      role="alert"
      className="rounded-3 bg-danger-soft mt-5 flex items-start gap-3 px-4 py-3 max-sm:flex-wrap"
    >
      <CircleAlert size={16} aria-hidden className="text-danger mt-0.5 flex-none" />
      <div className="min-w-0 flex-1 max-sm:basis-3/4">
        <p className="font-medium">{ending.message}</p>
        <p className="text-ink-2 mt-0.5">
          {kept} {ending.recoverable ? "Retry asks again." : "The same question will fail again."}
        </p>
        <p className="text-micro text-ink-2 mt-2 font-mono break-all">
          {ending.code} · turn {turnId}
        </p>
      </div>
      {onRetry !== undefined && (
        <Button look="ink" className="max-sm:ml-7" onClick={onRetry}>
          <RotateCcw size={16} aria-hidden /> Retry
        </Button>
      )}
    </div>
  )
}

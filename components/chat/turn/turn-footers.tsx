"use client"

import { CircleStop, Link as LinkIcon, RotateCcw } from "lucide-react"
import type { ReactNode } from "react"

import { linkToSeq } from "#components/chat/thread/link-to-seq.ts"
import { useKeyNames } from "#components/studio/shortcuts.ts"
import { Button, IconButton } from "#components/ui/button.tsx"
import { cn } from "#components/ui/cn.ts"
import { CopyButton } from "#components/ui/copy-button.tsx"
import { TraceStrip } from "#components/ui/trace-strip.tsx"
import { useNow } from "#components/ui/use-now.ts"
import { useTimeZone } from "#components/ui/use-time-zone.ts"
import { segmentsNow, totalMs } from "#lib/transcript/trace.ts"
import type { TurnView } from "#lib/transcript/turn-view.ts"

import { clockTime, dayAndTime } from "./clock.ts"
import { scaleMsOf, traceWords, turnTime, usageWords } from "./format.ts"
import { waitingWords } from "./waiting-words.ts"

/** The running step, its elapsed time, and the reason for a wait. */
export function RunningFooter(props: { turn: TurnView; agentName: string; isOnline: boolean }) {
  const { turn, agentName, isOnline } = props
  const now = useNow(true)
  const segments = segmentsNow(turn.trace, now)
  const total = totalMs(segments)
  const words = waitingWords(turn, { ms: now, isOnline, agentName })
  return (
    <div className="mt-5 h-11">
      <div className="py-1" suppressHydrationWarning>
        <TraceStrip
          segments={segments}
          label={`Turn so far: ${turnTime(total)}`}
          end={isOnline ? "running" : "offline"}
          scaleMs={scaleMsOf(total)}
        />
      </div>
      <p className="text-ui text-ink-2 mt-0.5 flex justify-between">
        <span className="truncate" suppressHydrationWarning>
          {words}
        </span>
        <time className="text-ink-3" suppressHydrationWarning>
          {total < 1_000 ? "" : `${Math.floor(total / 1000)} s`}
        </time>
      </p>
    </div>
  )
}

interface FinishedFooterProps {
  turn: TurnView
  /** Footers of earlier turns show their actions on hover or focus. */
  isLatest: boolean
  onRetry?: (() => void) | undefined
  onContinue?: (() => void) | undefined
}

/** A turn's duration and cost, and its actions. */
export function FinishedFooter({ turn, isLatest, onRetry, onContinue }: FinishedFooterProps) {
  const keysOf = useKeyNames()
  const { segments } = turn.trace
  const tookMs = turn.ending?.kind === "final" ? turn.ending.durationMs : totalMs(segments)
  const isStopped = turn.ending?.kind === "final" && turn.ending.stopReason === "interrupted"
  // Read-only views have no shortcut for it.
  const copyKeys = isLatest && onRetry !== undefined ? ` (${keysOf("copyAnswer")})` : ""
  const facts = [turnTime(tookMs), ...usageWords(turn.usage)]
  return (
    <div className="mt-5 flex min-h-11 flex-wrap items-center gap-x-4 gap-y-1">
      <span className="w-30 max-sm:w-full">
        <TraceStrip
          segments={segments}
          label={traceWords(segments, `${startOf(turn)} ${turnTime(tookMs)}`)}
          end={isStopped ? "stopped" : "done"}
        />
      </span>
      <p className="text-ui text-ink-3 flex-1 tabular-nums">{facts.join(" · ")}</p>
      {onContinue !== undefined && (
        <Button look="line" size="small" onClick={onContinue}>
          Continue
        </Button>
      )}
      <span
        className={cn(
          "-mr-1.5 flex items-center transition-opacity duration-(--t-fast)",
          !isLatest &&
            "touch:opacity-100 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100",
        )}
      >
        <EndTime atMs={turn.trace.heardMs} />
        <CopyButton label={`Copy as markdown${copyKeys}`} text={() => markdownOf(turn)} />
        {onRetry !== undefined && (
          <IconButton label="Retry" size="icon-small" onClick={onRetry}>
            <RotateCcw size={16} aria-hidden />
          </IconButton>
        )}
        <CopyButton
          label="Copy link to this message"
          text={() => linkToSeq(turn.message?.seq)}
          icon={<LinkIcon size={16} aria-hidden />}
        />
      </span>
    </div>
  )
}

function EndTime({ atMs }: { atMs: number | null }) {
  const timeZone = useTimeZone()
  if (atMs === null) return null
  const at = new Date(atMs)
  return (
    <time
      dateTime={at.toISOString()}
      title={dayAndTime(at, timeZone)}
      className="text-micro text-ink-3 touch:opacity-100 mr-1.5 opacity-0 transition-opacity duration-(--t-fast) group-focus-within:opacity-100 group-hover:opacity-100"
    >
      {clockTime(at, timeZone)}
    </time>
  )
}

/** One quiet line for an answer that was cut short. */
export function EndingNote({ turn }: { turn: TurnView }) {
  const note = turn.ending?.kind === "final" ? noteOf(turn.ending.stopReason) : null
  if (note === null) return null
  return (
    <QuietLine>
      <CircleStop size={16} aria-hidden /> {note}
    </QuietLine>
  )
}

function QuietLine({ children }: { children: ReactNode }) {
  return <p className="text-ui text-ink-2 mt-4 flex items-center gap-2">{children}</p>
}

function noteOf(stopReason: string): string | null {
  switch (stopReason) {
    case "interrupted":
      return "You stopped this answer."
    case "length":
      return "The model reached its maximum answer length."
    case "steps":
      return "The turn reached its limit of steps."
    default:
      return null
  }
}

function startOf(turn: TurnView): string {
  if (turn.ending?.kind === "error") return "Failed after"
  const isStopped = turn.ending?.kind === "final" && turn.ending.stopReason === "interrupted"
  return isStopped ? "Stopped after" : "Turn took"
}

export function markdownOf(turn: TurnView): string {
  const texts = turn.blocks.flatMap((block) => (block.kind === "text" ? [block.text.trim()] : []))
  return texts.join("\n\n")
}

"use client"

import { Check, ChevronRight, CircleStop, CircleX } from "lucide-react"
import { memo, useState } from "react"

import { lazyPart } from "#components/ui/lazy-part.tsx"
import { Ring } from "#components/ui/ring.tsx"
import { ScreenReaderOnly } from "#components/ui/screen-reader-only.tsx"
import { useNow } from "#components/ui/use-now.ts"
import type { Step } from "#lib/transcript/turn-view.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { stepTime } from "./format.ts"

const StepDetail = lazyPart(async () => (await import("./step-detail.tsx")).StepDetail)

/** Consecutive tool calls share one frame with hairlines between them. */
export const Steps = memo(function Steps({
  steps,
  isLive,
}: {
  steps: readonly Step[]
  isLive: boolean
}) {
  return (
    <ol className="rounded-3 border" aria-label="Steps">
      {steps.map((step) => (
        <li key={step.callId} className="border-t first:border-t-0">
          <StepCard step={step} isLive={isLive} />
        </li>
      ))}
    </ol>
  )
})

/** Collapsed, except a failed step, so its error is visible. */
function StepCard({ step, isLive }: { step: Step; isLive: boolean }) {
  const hasFailed = step.state === "failed"
  const [isOpen, setOpen] = useState(hasFailed)
  return (
    <details
      open={hasFailed}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group"
    >
      <StepLine step={step} isLive={isLive} />
      {isOpen && <StepDetail step={step} fallback={<PlainDetail step={step} />} />}
    </details>
  )
}

function PlainDetail({ step }: { step: Step }) {
  const plain = JSON.stringify(step.result ?? step.summary)
  return <p className="border-t px-3 py-2.5 break-words">{visibleText(plain)}</p>
}

function StepLine({ step, isLive }: { step: Step; isLive: boolean }) {
  return (
    <summary className="text-ui touch:flex-wrap touch:gap-y-px touch:py-2 flex min-h-10 items-center gap-2.5 pr-2 pl-3">
      <StepState state={step.state === "running" && !isLive ? "stopped" : step.state} />
      <span className="touch:flex-1 font-mono text-[12.5px] whitespace-nowrap">
        {visibleText(step.name)}
      </span>
      <span className="text-ink-2 touch:order-1 touch:flex-[0_0_100%] touch:pl-[26px] touch:whitespace-normal min-w-0 flex-1 truncate">
        {visibleText(step.intent)}
      </span>
      <StepTime step={step} isLive={isLive} />
      <ChevronRight
        size={16}
        aria-hidden
        className="text-ink-3 flex-none transition-transform duration-(--t-base) group-open:rotate-90"
      />
    </summary>
  )
}

function StepState({ state }: { state: Step["state"] }) {
  switch (state) {
    case "stopped":
      return (
        <>
          <CircleStop size={16} aria-hidden className="text-ink-3 flex-none" />
          <ScreenReaderOnly>Stopped: </ScreenReaderOnly>
        </>
      )
    case "running":
      return (
        <>
          <Ring />
          <ScreenReaderOnly>Running: </ScreenReaderOnly>
        </>
      )
    case "failed":
      return (
        <>
          <CircleX size={16} aria-hidden className="text-danger flex-none" />
          <ScreenReaderOnly>Failed: </ScreenReaderOnly>
        </>
      )
    case "done":
      return (
        <>
          <Check size={16} aria-hidden className="text-ink-3 flex-none" />
          <ScreenReaderOnly>Done: </ScreenReaderOnly>
        </>
      )
  }
}

function StepTime({ step, isLive }: { step: Step; isLive: boolean }) {
  const isRunning = step.state === "running" && isLive
  const now = useNow(isRunning, 100)
  if (step.startedMs === null) return null
  const endMs = step.endedMs ?? (isRunning ? now : null)
  if (endMs === null) return null
  return (
    <span className="text-ink-3 whitespace-nowrap tabular-nums" suppressHydrationWarning>
      {stepTime(endMs - step.startedMs)}
    </span>
  )
}

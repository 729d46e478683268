import type { Segment } from "#lib/transcript/trace.ts"

import { cn } from "./cn.ts"

interface TraceStripProps {
  segments: readonly Segment[]
  label: string
  /** How the strip ends: running, disconnected, stopped or done. */
  end?: "running" | "offline" | "stopped" | "done"
  /** While running: the time that the full width represents. */
  scaleMs?: number
}

const fills = {
  model: "h-full bg-trace-model",
  tool: "h-full bg-trace-tool",
  error: "h-full bg-trace-error",
  wait: "h-px bg-trace-wait",
} as const

/**
 * A turn as a strip of real time: neutral for the model, green for a tool, a hairline for waiting.
 */
export function TraceStrip({ segments, label, end = "done", scaleMs }: TraceStripProps) {
  const total = segments.reduce((sum, segment) => sum + segment.ms, 0)
  const restMs = scaleMs === undefined ? 0 : Math.max(0, scaleMs - total)
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a drawing made of elements, not a file
    <span role="img" aria-label={label} className="flex h-1.5 min-w-0 items-center gap-0.5">
      {segments.map((segment, index) => (
        <i
          // Segments are append-only, so the index is a stable key.
          // oxlint-disable-next-line react/no-array-index-key
          key={index}
          className={cn("min-w-0.5 basis-0 rounded-[1px]", fills[segment.kind])}
          style={{ flexGrow: Math.max(segment.ms, 1) }}
        />
      ))}
      {end === "running" && (
        <i className="animate-caret bg-accent h-3.5 w-0.5 flex-none motion-reduce:animate-none" />
      )}
      {end === "offline" && <i className="border-ink-3 h-3.5 w-1 flex-none border border-dashed" />}
      {end === "stopped" && (
        <i className="border-ink-3 size-1.5 flex-none rounded-[1px] border-[1.5px]" />
      )}
      {restMs > 0 && <i className="bg-line-strong h-px basis-0" style={{ flexGrow: restMs }} />}
    </span>
  )
}

/** The smallest trace: an activity indicator. */
export function RunningMark({ isDecorative = false }: { isDecorative?: boolean }) {
  return (
    <span
      {...(isDecorative ? { "aria-hidden": true } : { role: "img", "aria-label": "Running" })}
      className="flex h-1.5 w-5 flex-none items-center gap-0.5"
    >
      <i className="animate-fill bg-accent h-full flex-[5_0_0] rounded-[1px] motion-reduce:animate-none" />
      <i className="animate-fill bg-accent h-full flex-[7_0_0] rounded-[1px] opacity-55 [animation-delay:.3s] motion-reduce:animate-none" />
      <i className="animate-caret bg-accent h-3 w-0.5 flex-none motion-reduce:animate-none" />
    </span>
  )
}

import { stepTime } from "#components/chat/turn/format.ts"
import { cn } from "#components/ui/cn.ts"
import type { Timeline } from "#lib/transcript/timeline.ts"

const fills = {
  model: "bg-trace-model text-paper",
  tool: "bg-trace-tool text-[#0b1514]",
  error: "bg-trace-error text-[#fff] dark:text-[#1c0705]",
  wait: "bg-transparent",
} as const

interface TurnStripProps {
  timeline: Timeline
  positionMs: number | null
  onSeek: (ms: number) => void
}

/** The turn's time scale at full width, with the playback position. */
export function TurnStrip({ timeline, positionMs, onSeek }: TurnStripProps) {
  const { parts, totalMs } = timeline
  const share = (ms: number) => (totalMs === 0 ? 0 : (100 * ms) / totalMs)
  const at = positionMs ?? totalMs
  return (
    <>
      <div className="relative h-8">
        {parts.map((part) => (
          <i
            key={`${part.startMs}-${part.kind}`}
            className={cn(
              "absolute inset-y-0 overflow-hidden rounded-[2px] not-italic",
              fills[part.kind],
            )}
            style={{
              left: `${share(part.startMs)}%`,
              width: `max(2px, calc(${share(part.endMs - part.startMs)}% - 2px))`,
            }}
          >
            {part.kind === "wait" ? (
              <span className="bg-trace-wait absolute inset-x-0 top-1/2 h-px" />
            ) : (
              share(part.endMs - part.startMs) > 7 && (
                <span className="text-micro block truncate px-2 leading-8 font-medium max-sm:hidden">
                  {part.label} {stepTime(part.endMs - part.startMs)}
                </span>
              )
            )}
          </i>
        ))}
        <span
          className="bg-accent absolute -inset-y-1 w-0.5"
          style={{ left: `${share(at)}%` }}
          aria-hidden
        />
        <input
          type="range"
          min={0}
          max={Math.max(1, Math.round(totalMs))}
          value={Math.round(at)}
          aria-label="Position in the turn"
          aria-valuetext={`${stepTime(at)} of ${stepTime(totalMs)}`}
          className="peer absolute inset-0 w-full cursor-pointer opacity-0"
          onChange={(event) => onSeek(Number(event.target.value))}
        />
        <span className="pointer-events-none absolute -inset-1 rounded-[3px] peer-focus-visible:outline-2 peer-focus-visible:outline-(--focus)" />
      </div>
      <div className="text-micro text-ink-3 relative mt-2 h-5 tabular-nums" aria-hidden>
        {ticksOf(totalMs).map((ms) => (
          <span
            key={ms}
            className={cn("absolute whitespace-nowrap", ms > 0 && "-translate-x-1/2")}
            style={{ left: `${share(ms)}%` }}
          >
            {ms === 0 ? "0 s" : tickWords(ms)}
          </span>
        ))}
      </div>
    </>
  )
}

const stepsMs = [100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000]

/** At most five ticks, at round values. */
function ticksOf(totalMs: number): number[] {
  const step = stepsMs.find((ms) => totalMs / ms <= 5) ?? 3_600_000
  return Array.from({ length: Math.floor(totalMs / step + 0.95) }, (_, index) => index * step)
}

function tickWords(ms: number): string {
  if (ms >= 60_000) return `${ms / 60_000} min`
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`
}

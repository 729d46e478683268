import { CalendarX2 } from "lucide-react"

import { AgentMark } from "#components/ui/agent-mark.tsx"
import { Ring } from "#components/ui/ring.tsx"
import { WarningTag } from "#components/ui/tag.tsx"
import { RunningMark, TraceStrip } from "#components/ui/trace-strip.tsx"
import type { Segment } from "#lib/transcript/trace.ts"

import { Example } from "./example.tsx"

const segments: readonly Segment[] = [
  { kind: "model", ms: 4_000 },
  { kind: "tool", ms: 2_500 },
  { kind: "wait", ms: 1_200 },
  { kind: "tool", ms: 6_000 },
  { kind: "error", ms: 900 },
  { kind: "model", ms: 5_000 },
]
const ends = ["done", "running", "offline", "stopped"] as const

/** Non-interactive elements. */
export function Marks() {
  return (
    <>
      <Example name="Trace">
        <ul className="space-y-3">
          {ends.map((end) => (
            <li key={end} className="flex items-center gap-4">
              <span className="text-ui text-ink-2 w-16">{end}</span>
              <span className="flex-1">
                <TraceStrip
                  segments={segments}
                  label={`An example, ${end}`}
                  end={end}
                  {...(end === "running" ? { scaleMs: 30_000 } : {})}
                />
              </span>
            </li>
          ))}
        </ul>
      </Example>
      <Example name="Marks">
        <div className="flex flex-wrap items-center gap-5">
          <RunningMark />
          <Ring />
          <Ring isQuiet />
          {["a", "b", "c", "d"].map((id) => (
            <AgentMark key={id} agentId={id} size={18} />
          ))}
          <WarningTag icon={<CalendarX2 size={12} aria-hidden />}>No end date</WarningTag>
        </div>
      </Example>
    </>
  )
}

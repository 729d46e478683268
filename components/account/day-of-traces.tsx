import { TraceStrip } from "#components/ui/trace-strip.tsx"
import type { Segment, SegmentKind } from "#lib/transcript/trace.ts"

const kinds: Record<string, SegmentKind> = { m: "model", t: "tool", w: "wait", e: "error" }

/** Start time, width in percent and segments: decoration, not real data. */
const day = [
  ["08:16", 12, "m1 t6 w2 m3 t2"],
  ["08:38", 16, "m5 t1 m5 t7"],
  ["09:16", 32, "m2 t1 m3 t2 w2"],
  ["09:37", 37, "m1 t20 m2 m5 t20 w2 m5 t5"],
  ["10:08", 78, "m6 m4 t10 w2 m4 t11 w2 m6 t11 m2"],
  ["10:48", 19, "m4 t2 m3"],
  ["11:19", 54, "m6 t12 w2 m3 t9 w2 m2 t7"],
  ["11:44", 23, "m6 t7 m3 t7 w2 e4"],
  ["12:21", 18, "m2 t8 m3 m1"],
  ["12:48", 32, "m4 t10 w2 m2 t4 m2 t8"],
  ["13:29", 33, "m4 t8 m2 t2 m4 t3"],
  ["13:57", 17, "m6 t2 m2 t17 m4 t6"],
  ["14:20", 12, "m1 t8 m1 t23"],
  ["14:48", 17, "m6 t3 m4 t9"],
  ["15:31", 49, "m1 t17 m3 t5 m4 m4 t15 m1 t19"],
  ["15:57", 14, "m5 m5 t4"],
  ["16:31", 13, "m5 t14 w2 m6 t12"],
  ["17:01", 60, "m6 m2 t17 w2 m5 m1 t1"],
  ["17:29", 46, "m2 t1 m6 t9 m3 t4 w2"],
] as const

export function DayOfTraces() {
  return (
    <div className="w-full max-w-[560px]">
      {day.map(([time, width, segments], index) => (
        <div key={time} className="flex h-7 items-center gap-6">
          <span className="text-micro text-ink-3 w-10 font-mono">{time}</span>
          <span className="flex-1">
            <span className="block" style={{ width: `${width}%` }}>
              <TraceStrip
                label=""
                segments={read(segments)}
                end={index === day.length - 1 ? "running" : "done"}
              />
            </span>
          </span>
        </div>
      ))}
      <p className="text-ui text-ink-2 mt-8 pl-16">
        One line for each answer. Neutral is thinking, green is a tool at work, a thin line is
        waiting.
      </p>
    </div>
  )
}

function read(segments: string): Segment[] {
  return segments.split(" ").map((part) => ({
    kind: kinds[part.charAt(0)] ?? "model",
    ms: Number(part.slice(1)),
  }))
}

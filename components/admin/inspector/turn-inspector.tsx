"use client"

import { Check, Pause, Play } from "lucide-react"
import { useEffect, useMemo, useState } from "react"

import { stepTime } from "#components/chat/turn/format.ts"
import { Button } from "#components/ui/button.tsx"
import { Segments } from "#components/ui/segments.tsx"
import { factsOf } from "#lib/transcript/event-facts.ts"
import type { Timeline, TimelineRow } from "#lib/transcript/timeline.ts"

import { RawEvent } from "./raw-event.tsx"
import { TimelineList } from "./timeline-list.tsx"
import { TurnStrip } from "./turn-strip.tsx"
import { useReplay } from "./use-replay.ts"

type Label = ReturnType<typeof factsOf>["label"]

function labelOf(row: TimelineRow): Label {
  return factsOf(row.kind).label
}

const labels: readonly Label[] = ["Messages", "Text", "Tools", "Usage", "Status"]
const speeds = ["1", "4", "16"] as const

/** The journal of a turn on its own time scale, with filters, playback and raw events. */
export function TurnInspector(props: { conversationId: string; timeline: Timeline }) {
  const { conversationId, timeline } = props
  const replay = useReplay(timeline.totalMs)
  const [hidden, setHidden] = useState<ReadonlySet<Label>>(new Set())
  const [selectedSeq, select] = useSelectedSeq(timeline.rows)
  const counts = useMemo(() => Map.groupBy(timeline.rows, (row) => labelOf(row)), [timeline.rows])
  const rows = useMemo(
    () =>
      timeline.rows.filter(
        (row) =>
          !hidden.has(labelOf(row)) &&
          (replay.positionMs === null || row.offsetMs <= replay.positionMs),
      ),
    [timeline.rows, hidden, replay.positionMs],
  )
  const toggle = (name: Label) => {
    const next = new Set(hidden)
    if (!next.delete(name)) next.add(name)
    setHidden(next)
  }
  return (
    <>
      <section aria-label="Replay" className="mt-5 px-6 max-sm:px-4">
        <TurnStrip timeline={timeline} positionMs={replay.positionMs} onSeek={replay.seek} />
        <div className="mt-2 flex flex-wrap items-center gap-2">
          <Button look="ink" onClick={replay.toggle}>
            {replay.isPlaying ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
            {replay.isPlaying ? "Pause" : "Replay"}
          </Button>
          <Segments
            label="Replay speed"
            value={String(replay.speed)}
            options={speeds.map((value) => ({ value, name: `${value}×` }))}
            onChange={(value) => replay.setSpeed(Number(value))}
          />
          <span className="text-ui text-ink-2 ml-2 flex-1 tabular-nums">
            {stepTime(replay.positionMs ?? timeline.totalMs)} / {stepTime(timeline.totalMs)}
          </span>
          <fieldset
            aria-label="Kinds shown"
            className="flex gap-2 max-sm:w-full max-sm:overflow-x-auto"
          >
            {labels.map((name) => (
              <KindBox
                key={name}
                name={name}
                count={counts.get(name)?.length ?? 0}
                isShown={!hidden.has(name)}
                onToggle={() => toggle(name)}
              />
            ))}
          </fieldset>
        </div>
      </section>
      <div className="mt-4 grid min-h-0 flex-1 border-t lg:grid-cols-[minmax(0,1fr)_352px] lg:grid-rows-[minmax(0,1fr)]">
        <TimelineList
          rows={rows}
          totalMs={timeline.totalMs}
          selectedSeq={selectedSeq}
          isPlaying={replay.isPlaying}
          onSelect={select}
        />
        {selectedSeq !== null && <RawEvent conversationId={conversationId} seq={selectedSeq} />}
      </div>
    </>
  )
}

function KindBox(props: { name: string; count: number; isShown: boolean; onToggle: () => void }) {
  return (
    <label className="rounded-2 border-line-strong bg-surface text-ui text-ink-2 has-checked:text-ink touch:h-11 relative inline-flex h-7 flex-none cursor-pointer items-center gap-1.5 border px-2 has-focus-visible:outline-2 has-focus-visible:outline-(--focus)">
      <input
        type="checkbox"
        className="absolute inset-0 cursor-pointer opacity-0"
        checked={props.isShown}
        onChange={props.onToggle}
      />
      {props.isShown && <Check size={14} aria-hidden />}
      {props.name} <span className="text-ink-3 tabular-nums">{props.count}</span>
    </label>
  )
}

/** The event named in the address; otherwise the first failure, or the first event. */
function useSelectedSeq(rows: readonly TimelineRow[]): [number | null, (seq: number) => void] {
  const [seq, setSeq] = useState<number | null>(
    () => (rows.find((row) => row.isError) ?? rows[0])?.seq ?? null,
  )
  useEffect(() => {
    const read = () => {
      const named = /^#([0-9]{1,15})$/.exec(window.location.hash)?.[1]
      if (named !== undefined) setSeq(Number(named))
    }
    read()
    window.addEventListener("hashchange", read)
    return () => window.removeEventListener("hashchange", read)
  }, [])
  const select = (next: number) => {
    setSeq(next)
    window.history.replaceState(window.history.state, "", `#${next}`)
  }
  return [seq, select]
}

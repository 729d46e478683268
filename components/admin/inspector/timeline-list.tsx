"use client"

import {
  Check,
  CheckCheck,
  CircleX,
  Coins,
  FlagTriangleRight,
  Info,
  MessageSquare,
  Play,
  TextCursorInput,
  Wrench,
  type LucideIcon,
} from "lucide-react"
import { useEffect, useRef } from "react"

import { cn } from "#components/ui/cn.ts"
import { factsOf, type EventIcon } from "#lib/transcript/event-facts.ts"
import type { TimelineRow } from "#lib/transcript/timeline.ts"
import { visibleText } from "#lib/transcript/visible-text.ts"

import { useWindow } from "./use-window.ts"

const rowHeight = 40

const icons: Record<EventIcon, LucideIcon> = {
  message: MessageSquare,
  start: Play,
  text: TextCursorInput,
  tool: Wrench,
  result: Check,
  cost: Coins,
  end: FlagTriangleRight,
  done: CheckCheck,
  error: CircleX,
  info: Info,
}

const fills = {
  model: "bg-trace-model",
  tool: "bg-trace-tool",
  error: "bg-trace-error",
  wait: "bg-trace-wait",
} as const

interface TimelineListProps {
  rows: readonly TimelineRow[]
  totalMs: number
  selectedSeq: number | null
  /** During playback the newest row stays in view. */
  isPlaying: boolean
  onSelect: (seq: number) => void
}

/** The events of a turn, virtualised: only visible rows are rendered. */
export function TimelineList(props: TimelineListProps) {
  const { rows, totalMs, selectedSeq, isPlaying, onSelect } = props
  const scroller = useRef<HTMLOListElement>(null)
  const { from, to } = useWindow(scroller, rows.length, rowHeight)
  const selected = rows.findIndex((row) => isAt(row, selectedSeq))
  useEffect(() => {
    const element = scroller.current
    if (element === null || selected < 0) return
    const top = selected * rowHeight
    const isSeen =
      top >= element.scrollTop && top + rowHeight <= element.scrollTop + element.clientHeight
    if (!isSeen) element.scrollTop = top - element.clientHeight / 3
    // Scroll only when the selection changes: a filter must not move the reader's place.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [selectedSeq])
  useEffect(() => {
    if (isPlaying) scroller.current?.scrollTo({ top: rows.length * rowHeight })
  }, [isPlaying, rows.length])
  const move = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, selected + by))]
    if (next !== undefined) onSelect(next.seq)
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- arrow keys go through its links
    <ol
      ref={scroller}
      aria-label="Journal events"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and arrow keys choose
      tabIndex={0}
      className="min-h-0 overflow-y-auto overscroll-contain max-lg:h-[60dvh]"
      onKeyDown={(event) => {
        if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return
        event.preventDefault()
        move(event.key === "ArrowDown" ? 1 : -1)
      }}
    >
      <li aria-hidden style={{ height: from * rowHeight }} />
      {rows.slice(from, to).map((row, index) => (
        <li key={row.firstSeq} aria-setsize={rows.length} aria-posinset={from + index + 1}>
          <Line
            row={row}
            totalMs={totalMs}
            isSelected={isAt(row, selectedSeq)}
            onSelect={onSelect}
          />
        </li>
      ))}
      <li aria-hidden style={{ height: (rows.length - to) * rowHeight }} />
    </ol>
  )
}

function isAt(row: TimelineRow, seq: number | null): boolean {
  return seq !== null && row.firstSeq <= seq && seq <= row.seq
}

interface LineProps {
  row: TimelineRow
  totalMs: number
  isSelected: boolean
  onSelect: (seq: number) => void
}

function Line({ row, totalMs, isSelected, onSelect }: LineProps) {
  const Icon = row.isError ? CircleX : icons[factsOf(row.kind).icon]
  return (
    <a
      href={`#${row.seq}`}
      aria-current={isSelected ? "true" : undefined}
      style={{ height: rowHeight }}
      className={cn(
        "text-ui hover:bg-sunken grid grid-cols-[40px_60px_112px_minmax(0,1fr)_minmax(40px,14%)_60px] items-center gap-x-3 border-b px-6 tabular-nums max-sm:grid-cols-[16px_minmax(0,1fr)_auto] max-sm:px-4",
        isSelected && "bg-hover",
      )}
      onClick={(event) => {
        event.preventDefault()
        onSelect(row.seq)
      }}
    >
      <span className="text-micro text-ink-3 font-mono max-sm:hidden">
        {row.firstSeq === row.seq ? row.seq : `${row.firstSeq}…`}
      </span>
      <span className="text-ink-3 text-right max-sm:col-start-3 max-sm:row-start-1">
        +{(row.offsetMs / 1_000).toFixed(2)}
      </span>
      <span
        className={cn(
          "flex items-center gap-2 max-sm:col-span-2 max-sm:col-start-1 max-sm:row-start-1",
          row.isError && "text-danger",
        )}
      >
        <Icon size={14} aria-hidden className={row.isError ? "" : "text-ink-3"} />
        <span className="font-mono text-[12.5px]">{row.kind}</span>
      </span>
      <span className="text-ink-2 truncate max-sm:col-start-2 max-sm:row-start-2">
        {row.seq > row.firstSeq && (
          <span className="text-ink-3">{row.seq - row.firstSeq + 1} deltas: </span>
        )}
        {visibleText(row.summary)}
      </span>
      <Bar row={row} totalMs={totalMs} />
      <span className="max-sm:text-ink-3 text-right max-sm:col-start-3 max-sm:row-start-2">
        {row.bar !== null &&
          row.bar.endMs > row.bar.startMs &&
          duration(row.bar.endMs - row.bar.startMs)}
      </span>
    </a>
  )
}

function Bar({ row, totalMs }: { row: TimelineRow; totalMs: number }) {
  const { bar } = row
  const share = (ms: number) => (totalMs === 0 ? 0 : (100 * ms) / totalMs)
  const isMoment = row.kind === "message" || row.kind === "final" || row.isError
  return (
    <span className="relative h-2 max-sm:hidden" aria-hidden>
      {(bar !== null || isMoment) && (
        <i
          className={cn(
            "absolute h-full rounded-[1px]",
            bar === null ? (row.isError ? fills.error : fills.wait) : fills[bar.kind],
          )}
          style={{
            left: `${share(bar?.startMs ?? row.offsetMs)}%`,
            width: `max(2px, ${bar === null ? 0 : share(bar.endMs - bar.startMs)}%)`,
          }}
        />
      )}
    </span>
  )
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`
}
